package io.antiphon.examples.miniai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.FitResult;
import io.antiphon.core.Learner;
import io.antiphon.core.Order;
import io.antiphon.core.Outcome;
import io.antiphon.core.spi.DataProvider;
import io.antiphon.core.spi.DataProvider.Data;
import io.antiphon.data.Glyphs;
import io.antiphon.data.Mnist;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MainTest {
  private final NDManager manager = NDManager.newBaseManager();
  private final Data data = digits().create(new DataProvider.Setting(manager, 42));

  private static DataProvider digits() {
    String folder = System.getProperty("antiphon.mnist");
    return folder == null
        ? new Glyphs.Options().train(2000).valid(500)
        : new Mnist().dir(Path.of(folder)).train(2000).valid(500);
  }

  @AfterEach
  void close() {
    manager.close();
  }

  @Test
  void whatACallbackSuppliesTrainsAsTheLearnersOwnStep() {
    FitResult usual = Main.fit(data);
    assertThat(Main.fit(data, new TrainCallback())).isEqualTo(usual);
    assertThat(usual.valid().orElseThrow().metrics().get("accuracy")).isGreaterThan(0.3);
  }

  @Test
  void momentumTrainsFasterThanPlainSgd() {
    FitResult plain = Main.fit(data, new TrainCallback());
    FitResult momentum = Main.fit(data, new Momentum(0.85));
    assertThat(momentum.train().orElseThrow().loss())
        .isLessThan(0.8 * plain.train().orElseThrow().loss());
    assertThat(momentum.valid().orElseThrow().metrics().get("accuracy"))
        .isGreaterThan(plain.valid().orElseThrow().metrics().get("accuracy") + 0.05);
  }

  @Test
  void aSingleBatchEndsTheFitOnceTheOthersHaveHadIt() {
    var heard = new ArrayList<String>();
    try (Learner learner = Main.learner(data).build()) {
      FitResult result =
          learner.fit(
              3, new SingleBatch(), new Hears("after", 2, heard), new Hears("before", 0, heard));
      assertThat(result.outcome())
          .isEqualTo(new Outcome.Cancelled("single-batch", "one batch is enough"));
      assertThat(learner.stepsDone()).isEqualTo(1);
    }
    assertThat(heard).containsExactly("before");
  }

  private record Hears(String name, int number, List<String> heard) implements Callback {
    @Override
    public Order order() {
      return Order.at(number);
    }

    @Override
    public void afterBatch(Batch batch) {
      heard.add(name);
    }
  }

  @Test
  void metricsArePrintedByNameAndTheLossIsTheMeanOverSamples() {
    var printed = new ByteArrayOutputStream();
    var sums = new double[2];
    try (Learner learner = Main.learner(data).build()) {
      FitResult result =
          learner.fit(
              1,
              new PrintMetrics(new PrintStream(printed, true, StandardCharsets.UTF_8)),
              new Callback() {
                @Override
                public boolean waitsForDevice() {
                  return true;
                }

                @Override
                public void afterBatch(Batch batch) {
                  if (!batch.isTraining()) {
                    sums[0] += batch.lossValue() * batch.size(); // the last batch is smaller
                    sums[1] += batch.size();
                  }
                }
              });
      assertThat(sums[0] / sums[1]).isCloseTo(result.valid().orElseThrow().loss(), within(1e-6));
    }
    assertThat(printed.toString(StandardCharsets.UTF_8).lines())
        .satisfiesExactly(
            line ->
                assertThat(line)
                    .matches("epoch 0 {2}train {2}loss \\d\\.\\d{3} {2}accuracy 0\\.\\d{3}"),
            line ->
                assertThat(line)
                    .isEqualTo(
                        String.format(
                            Locale.ROOT,
                            "epoch 0  valid  loss %.3f  accuracy %s",
                            sums[0] / sums[1],
                            line.substring(line.length() - 5))));
  }

  @Test
  void batchesAndTheModelLieOnTheLearnersDevice() {
    try (Learner learner = Main.learner(data).build()) {
      assertThat(learner.device()).isEqualTo(Engine.getInstance().defaultDevice());
      learner.fit(
          1,
          new Callback() {
            @Override
            public void afterPred(Batch batch) {
              assertThat(batch.inputs().head().getDevice()).isEqualTo(learner.device());
              assertThat(batch.predictions().head().getDevice()).isEqualTo(learner.device());
            }
          });
    }
  }
}
