package io.antiphon.experiment;

import ai.djl.Device;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import io.antiphon.core.Callback;
import io.antiphon.core.DataLoader;
import io.antiphon.core.Hyper;
import io.antiphon.core.Learner;
import io.antiphon.core.ParameterGroup;
import io.antiphon.core.spi.DataProvider;
import io.antiphon.core.spi.Task;
import io.antiphon.torch.Capabilities;
import io.antiphon.torch.SelfCheck;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/// The plan of an experiment as text, before anything runs.
final class Outline {
  private static final int BYTES = 4; // float32

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
    long all = count(learner.model(), false);
    long trained = count(learner.model(), true);
    facts.put(
        "model",
        "%s, %,d parameters%s"
            .formatted(
                experiment.model().orElseThrow().component().id(),
                all,
                trained == all ? "" : ", %,d of them trained".formatted(trained)));
    DataLoader train = prepared.data().train();
    facts.put(
        "data",
        "%s, %,d samples in %,d batches; %s"
            .formatted(
                experiment.data().component().id(),
                train.samples(),
                train.batches(),
                prepared
                    .data()
                    .valid()
                    .map(valid -> "%,d to validate".formatted(valid.samples()))
                    .orElse("none to validate")));
    facts.put(
        "device",
        learner.device().isGpu()
            ? name(learner.device())
            : "%s, %s".formatted(name(learner.device()), counted(Capabilities.currentThreads())));
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
    lines.add("inputs      " + shapes(data.train().inputShapes()));
    lines.add("outputs     %,d per sample".formatted(task.outputs()));
    lines.addAll(TaskText.features(task));
    lines.addAll(data.notes().stream().map(Sentence::shown).toList());
    return lines;
  }

  private static String samples(DataLoader loader) {
    return "%,d samples in %,d batches".formatted(loader.samples(), loader.batches());
  }

  private void model() {
    Block model = prepared.learner().model();
    line("%nModel on %s", name(prepared.learner().device()));
    var rows = new ArrayList<String[]>();
    rows.add(new String[] {"layer", "output", "parameters"});
    Shape[] inputs = prepared.data().train().inputShapes().toArray(Shape[]::new);
    layers("", model, inputs, rows);
    int name = rows.stream().mapToInt(row -> row[0].length()).max().orElse(0);
    int shape = rows.stream().mapToInt(row -> row[1].length()).max().orElse(0);
    int count = rows.stream().mapToInt(row -> row[2].length()).max().orElse(0);
    String format = "  %-" + name + "s  %-" + shape + "s  %" + count + "s";
    rows.forEach(row -> line(format, (Object[]) row));
    line("  %,d parameters, %,d of them trained", count(model, false), count(model, true));
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

  /// Adds a row per layer; returns the output's shapes, or none if the block cannot tell.
  private static Shape[] layers(String prefix, Block block, Shape[] inputs, List<String[]> rows) {
    if (block instanceof SequentialBlock) {
      Shape[] shapes = inputs;
      for (var child : block.getChildren()) {
        shapes = layers(prefix + child.getKey() + ".", child.getValue(), shapes, rows);
      }
      return shapes;
    }
    Shape[] outputs = outputs(block, inputs);
    String name =
        prefix.isEmpty()
            ? block.getClass().getSimpleName()
            : prefix.substring(0, prefix.length() - 1);
    long parameters = count(block, false);
    rows.add(
        new String[] {
          name,
          outputs.length == 0 ? "?" : shapes(List.of(outputs)),
          parameters == 0 ? "" : "%,d".formatted(parameters)
        });
    return outputs;
  }

  private static Shape[] outputs(Block block, Shape[] inputs) {
    if (inputs.length == 0) {
      return inputs;
    }
    try {
      return block.getOutputShapes(inputs);
    } catch (RuntimeException e) {
      return new Shape[0]; // only told, so a block that does not know is no failure
    }
  }

  private void training() {
    Learner learner = prepared.learner();
    line("%nTraining");
    prepared.policy().explain(learner).lines().forEach(each -> line("  %s", each));
    long weights = count(learner.model(), false);
    long trained = count(learner.model(), true);
    long remembered = 0;
    for (ParameterGroup group : learner.optimizer().groups()) {
      remembered += moments(group) * group.trainable().stream().mapToLong(a -> a.size()).sum();
    }
    line(
        "  memory without activations: about %s (parameters %s, gradients %s, optimizer %s)",
        bytes(weights + trained + remembered), bytes(weights), bytes(trained), bytes(remembered));
  }

  /// How many numbers per weight an optimizer of such hyper-parameters keeps.
  private static int moments(ParameterGroup group) {
    boolean first = group.hypers().contains(Hyper.MOMENTUM) && group.get(Hyper.MOMENTUM) > 0;
    return (first ? 1 : 0) + (group.hypers().contains(Hyper.SQUARED_MOMENTUM) ? 1 : 0);
  }

  private static long count(Block block, boolean trained) {
    return block.getParameters().values().stream()
        .filter(parameter -> !trained || parameter.requiresGradient())
        .filter(Parameter::isInitialized)
        .mapToLong(parameter -> parameter.getShape().size())
        .sum();
  }

  private static String bytes(long numbers) {
    double kibi = numbers * BYTES / 1024.0;
    return kibi < 1024 ? "%.1f KiB".formatted(kibi) : "%.1f MiB".formatted(kibi / 1024);
  }

  private static String shapes(List<Shape> shapes) {
    return String.join(
        ", ",
        shapes.stream()
            .map(shape -> Arrays.toString(shape.getShape()).replace("-1", "?"))
            .toList());
  }

  private void line(String format, Object... arguments) {
    text.append(format.formatted(arguments).stripTrailing()).append('\n');
  }
}
