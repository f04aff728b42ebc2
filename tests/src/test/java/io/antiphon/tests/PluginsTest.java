package io.antiphon.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What an image finds in folders of plug-ins.
class PluginsTest {
  private static final String RAMP =
      """
      package own;

      import ai.djl.ndarray.*;
      import ai.djl.training.dataset.*;
      import ai.djl.util.Progress;

      public final class Ramp extends RandomAccessDataset {
        private final int count;

        private Ramp(Builder builder) {
          super(builder);
          count = builder.count;
          if (Thread.currentThread().getContextClassLoader().getResource("slope.txt") == null) {
            throw new IllegalStateException("its resource is not found");
          }
          if (!Ramp.class.getModule().isNativeAccessEnabled()) {
            throw new IllegalStateException("its manifest is not heard");
          }
        }

        public static Builder builder() {
          return new Builder();
        }

        @Override
        public ai.djl.training.dataset.Record get(NDManager manager, long index) {
          float x = index / (float) count;
          return new ai.djl.training.dataset.Record(
              new NDList(manager.create(new float[] {x, 1 - x})),
              new NDList(manager.create(new float[] {3 * x + 0.5f})));
        }

        @Override
        protected long availableSize() {
          return count;
        }

        @Override
        public void prepare(Progress progress) {}

        public static final class Builder extends BaseBuilder<Builder> {
          private int count = 10;

          public Builder setCount(int count) {
            this.count = count;
            return this;
          }

          @Override
          protected Builder self() {
            return this;
          }

          public Ramp build() {
            return new Ramp(this);
          }
        }
      }
      """;

  @TempDir Path folder;

  private Checkout.Result antiphon(String... arguments) throws IOException, InterruptedException {
    var command = new ArrayList<String>();
    command.add(Checkout.built().resolve("image/bin/antiphon").toString());
    command.addAll(List.of(arguments));
    return Checkout.run(folder, Map.of(), command);
  }

  @Test
  void aDataSetIsFoundByItsClassInAFolderOfPlugInsWithItsResourcesAndMayCallNativeCode()
      throws IOException, InterruptedException {
    Path source = Files.writeString(folder.resolve("Ramp.java"), RAMP);
    Path module =
        Files.writeString(
            folder.resolve("module-info.java"), "module own { requires ai.djl.api; exports own; }");
    Checkout.Result compiled =
        Checkout.run(
            folder,
            Map.of(),
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "javac").toString(),
                "--module-path",
                Checkout.built().resolve("modules").toString(),
                "-d",
                folder.resolve("plugins/own").toString(),
                module.toString(),
                source.toString()));
    assertThat(compiled.code()).as(compiled.err()).isZero();
    Path own = folder.resolve("plugins/own");
    Files.writeString(own.resolve("slope.txt"), "3");
    Files.writeString(
        Files.createDirectories(own.resolve("META-INF")).resolve("MANIFEST.MF"),
        "Manifest-Version: 1.0\nEnable-Native-Access: own\n");
    Files.writeString(
        folder.resolve("e.yaml"),
        """
        device: cpu
        data: { use: dataset, type: own.Ramp, with: [setCount=50] }
        fit: { epochs: 1 }
        """);

    Checkout.Result without = antiphon("train", "e.yaml");
    assertThat(without.code()).isEqualTo(2);
    assertThat(without.err())
        .contains("data 'dataset': there is no class 'own.Ramp'")
        .endsWith("into a folder of plug-ins\n");

    Checkout.Result with = antiphon("train", "e.yaml", "--plugins", "plugins", "--out", "run");
    assertThat(with.code()).as(with.err()).isZero();
    assertThat(with.out()).contains("dataset, 40 samples", "\"mae\":");
  }
}
