package io.antiphon.experiment;

import ai.djl.Device;
import ai.djl.nn.Block;
import io.antiphon.core.Callback;
import io.antiphon.core.Check;
import io.antiphon.core.DataLoader;
import io.antiphon.core.Layer;
import io.antiphon.core.Learner;
import io.antiphon.core.ParameterGroup;
import io.antiphon.core.spi.DataProvider;
import io.antiphon.core.spi.Task;
import io.antiphon.torch.SelfCheck;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/// The plan of an experiment as text, before anything runs.
final class Outline {
  private final Prepared prepared;
  private final StringBuilder text = new StringBuilder();

  private Outline(Prepared prepared) {
    this.prepared = prepared;
  }

  static String of(Prepared prepared) {
    var outline = new Outline(prepared);
    outline.experiment();
    outline.data();
    outline.model();
    outline.training();
    outline.text.append('\n').append(outline.run());
    return outline.text.toString();
  }

  static SequencedMap<String, String> facts(Prepared prepared) {
    var facts = new LinkedHashMap<String, String>();
    Experiment experiment = prepared.experiment();
    Learner learner = prepared.learner();
    long all = Layer.count(learner.model(), false);
    long trained = Layer.count(learner.model(), true);
    facts.put(
        "model",
        "%s, %,d parameters%s"
            .formatted(
                experiment.model().orElseThrow().component().id(),
                all,
                trained == all ? "" : ", %,d of them trained".formatted(trained)));
    if (!prepared.origin().isEmpty()) {
      facts.put("weights", prepared.origin());
    }
    DataLoader train = prepared.data().train();
    facts.put(
        "data",
        "%s, %s; %s"
            .formatted(
                experiment.data().component().id(),
                samples(train),
                prepared
                    .data()
                    .valid()
                    .map(valid -> "%,d to validate".formatted(valid.samples()))
                    .orElse("none to validate")));
    facts.put(
        "device",
        learner.device().isGpu()
            ? name(learner.device())
            : "%s, %s".formatted(name(learner.device()), counted(learner.threads())));
    return facts;
  }

  private static String counted(int threads) {
    return threads == 1 ? "1 thread" : threads + " threads";
  }

  private static String name(Device device) {
    return device.isGpu() ? "gpu" + device.getDeviceId() : device.getDeviceType();
  }

  /// The loop and who runs in it; in the last fit, if the policy fits several times.
  private String run() {
    List<List<Callback>> fits = prepared.policyCallbacks();
    Callback[] more = fits.isEmpty() ? new Callback[0] : fits.getLast().toArray(Callback[]::new);
    return prepared.learner().explain(more);
  }

  private void experiment() {
    text.append("The experiment, with everything that it leaves open\n");
    prepared.experiment().yaml().lines().forEach(line -> line("  %s", line));
  }

  private void data() {
    text.append("\nData\n");
    data(prepared.data()).forEach(each -> line("  %s", each));
  }

  /// {@return what is known of data without reading them, in lines}
  static List<String> data(DataProvider.Data data) {
    var lines = new ArrayList<String>();
    Task task = data.task();
    lines.add("training    " + samples(data.train()));
    lines.add("validation  " + data.valid().map(Outline::samples).orElse("none"));
    lines.add("task        " + TaskText.of(task));
    lines.add("inputs      " + Layer.text(data.train().inputShapes()));
    lines.add("outputs     %,d per sample".formatted(task.outputs()));
    lines.addAll(TaskText.features(task));
    lines.addAll(data.notes().stream().map(Sentence::shown).toList());
    return lines;
  }

  private static String samples(DataLoader loader) {
    return "%,d samples in %,d %s"
        .formatted(loader.samples(), loader.batches(), loader.batches() == 1 ? "batch" : "batches");
  }

  private void model() {
    Block model = prepared.learner().model();
    line("%nModel on %s", name(prepared.learner().device()));
    Layer.table(model, prepared.data().train().inputShapes())
        .lines()
        .forEach(each -> line("  %s", each));
    if (!prepared.origin().isEmpty()) {
      line("  %s", prepared.origin());
    }
    if (!prepared.learner().device().isGpu()) {
      line("  %s, says the self-check", SelfCheck.result().text());
    }
    List<String> parts =
        prepared.learner().optimizer().groups().stream()
            .map(ParameterGroup::part)
            .distinct()
            .toList();
    if (parts.size() > 1) {
      line("  parts: %s", String.join(", ", parts));
    }
  }

  private void training() {
    Learner learner = prepared.learner();
    line("%nTraining");
    prepared.policy().explain(learner).lines().forEach(each -> line("  %s", each));
    var memory = Footprint.of(learner);
    line(
        "  memory without activations: about %s (parameters %s, gradients %s, optimizer %s)",
        Check.bytes(memory.weights() + memory.gradients() + memory.remembered()),
        Check.bytes(memory.weights()),
        Check.bytes(memory.gradients()),
        Check.bytes(memory.remembered()));
  }

  private void line(String format, Object... arguments) {
    text.append(format.formatted(arguments).stripTrailing()).append('\n');
  }
}
