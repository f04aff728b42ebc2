package io.antiphon.export;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.util.Pair;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.ModelProvider;
import io.antiphon.core.spi.Task;
import io.antiphon.models.Activation;
import io.antiphon.models.Cnn;
import io.antiphon.models.Mlp;
import io.antiphon.models.RecurrentLayers;
import io.antiphon.models.ResNet;
import io.antiphon.models.Rnn;
import io.antiphon.models.Tabular;
import io.antiphon.models.UNet;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The models of `modules/models` in the words of PyTorch. Sizes are read off the weights.
final class Networks {
  private static final List<String> SEQUENCE = List.of("return self.layers(x)");
  private static final String MEAN = "nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())";

  private final Task task;
  private final String id;
  private final List<String> children;
  private final Map<String, Parameter> parameters = new LinkedHashMap<>();
  private final List<Layer> layers = new ArrayList<>();
  private int child;
  private int places;

  private Networks(String id, Task task, Block net) {
    this.id = id;
    this.task = task;
    children = net.getChildren().stream().map(Pair::getKey).toList();
    for (Pair<String, Parameter> each : net.getParameters()) {
      parameters.put(each.getKey(), each.getValue());
    }
  }

  /// {@return a net in the words of PyTorch}
  ///
  /// @throws UnsupportedOperationException if it is none of the models that this knows
  static Network of(ModelProvider options, Task task, Block net) {
    Id id = options.getClass().getAnnotation(Id.class);
    var networks = new Networks(id == null ? "" : id.value(), task, net);
    return switch (options) {
      case Mlp.Options mlp -> networks.mlp(mlp);
      case Cnn.Options cnn -> networks.cnn(cnn);
      case ResNet.Options resNet -> networks.resNet(resNet);
      case Rnn.Options rnn -> networks.rnn(rnn);
      case Tabular.Options tabular -> networks.tabular(tabular);
      case UNet.Options unet -> networks.unet(unet);
      default ->
          throw new UnsupportedOperationException(
              "model '%s' of module %s is not one whose layers are known in PyTorch's words, as those of cnn, mlp, preact-resnet, rnn, tabular and unet are; its weights are in weights.safetensors of the model's folder, by name"
                  .formatted(networks.id, options.getClass().getModule().getName()));
    };
  }

  private Network network(String arguments, List<String> forward) {
    if (child < children.size()) {
      throw Network.unlike(id, "has %s too".formatted(children.subList(child, children.size())));
    }
    return Network.of(id, parameters, layers, arguments, forward);
  }

  /// {@return the name of the net's next layer}
  private String next() {
    if (child == children.size()) {
      throw Network.unlike(id, "has no more than %d layers".formatted(child));
    }
    return children.get(child++);
  }

  private Shape shape(String name) {
    Parameter parameter = parameters.get(name);
    if (parameter == null) {
      throw Network.unlike(id, "lacks " + name);
    }
    return parameter.getArray().getShape();
  }

  /// {@return the next place in the sequence}
  private String place() {
    return "layers." + places++;
  }

  /// Adds a layer without weights at the end of the sequence.
  private void plain(String python, String... script) {
    var _ = next();
    layers.add(Layer.plain(place(), python, script));
  }

  private Network mlp(Mlp.Options options) {
    plain("nn.Flatten()", "x = torch.flatten(x, 1, -1)");
    hidden(options.hidden().size(), options.activation(), options.dropout());
    linear();
    rescale();
    return network("x", SEQUENCE);
  }

  private Network tabular(Tabular.Options options) {
    table();
    hidden(options.hidden().size(), options.activation(), options.dropout());
    linear();
    rescale();
    return network("*inputs", List.of("return self.layers(self.table(*inputs))"));
  }

  private Network cnn(Cnn.Options options) {
    images();
    for (int i = 0; i < options.channels().size(); i++) {
      block(next(), place(), 2);
    }
    plain(MEAN, "x = torch.mean(x, [2, 3])");
    dropout(options.dropout());
    linear();
    return network("x", SEQUENCE);
  }

  private Network resNet(ResNet.Options options) {
    images();
    String stem = next();
    Shape first = shape(stem + "_weight");
    layers.add(
        new Layer(
            stem,
            place(),
            "nn.Conv2d(%d, %d, 3, padding=1, bias=False)".formatted(first.get(1), first.get(0)),
            Map.of("weight", "weight"),
            List.of(),
            List.of("x = torch.conv2d(x, {weight}, None, [1, 1], [1, 1], [1, 1], 1)")));
    for (int stage = 0; stage < options.channels().size(); stage++) {
      for (int block = 0; block < options.blocks(); block++) {
        residual(next(), stage > 0 && block == 0 ? 2 : 1);
      }
    }
    String last = next();
    layers.add(
        new Layer(
            last,
            place(),
            "nn.Sequential(nn.BatchNorm2d(%d), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())"
                .formatted(shape(last + "_gamma1").get(0)),
            norm("1", "0."),
            List.of("0.num_batches_tracked"),
            List.of("x = torch.mean(%s, [2, 3])".formatted(normed("1", "x")))));
    dropout(options.dropout());
    linear();
    return network("x", SEQUENCE);
  }

  private Network rnn(Rnn.Options options) {
    String embedding = next();
    Shape tokens = shape(embedding + "_weight");
    layers.add(
        new Layer(
            embedding,
            "embedding",
            "nn.Embedding(%d, %d)".formatted(tokens.get(0), tokens.get(1)),
            Map.of("weight", "weight"),
            List.of(),
            List.of("x = torch.embedding({weight}, x, -1, False, False)")));
    boolean drops = options.dropout() > 0;
    if (drops) {
      var _ = next();
      layers.add(Layer.plain("dropout", "nn.Dropout(%s)".formatted(options.dropout())));
    }
    recurrent(options, tokens.get(1));
    if (drops) {
      var _ = next();
    }
    linear(next(), "head");
    String maybe = drops ? "self.dropout(%s)" : "%s";
    return network(
        "tokens, state=None",
        List.of(
            "x, state = self.recurrent(%s, state)"
                .formatted(maybe.formatted("self.embedding(tokens)")),
            "return self.head(%s), state".formatted(maybe.formatted("x"))));
  }

  private void recurrent(Rnn.Options options, long width) {
    boolean isGru = options.cell() == RecurrentLayers.Cell.GRU;
    var weights = new LinkedHashMap<String, String>();
    var names = new ArrayList<String>();
    for (int i = 0; i < options.layers(); i++) {
      weights.put("weightIh" + i, "weight_ih_l" + i);
      weights.put("weightHh" + i, "weight_hh_l" + i);
      weights.put("biasIh" + i, "bias_ih_l" + i);
      weights.put("biasHh" + i, "bias_hh_l" + i);
    }
    weights.keySet().forEach(own -> names.add("{" + own + "}"));
    String call =
        "x, %s = torch.%s(x, %s, [%s], True, %d, 0., False, False, True)"
            .formatted(
                isGru ? "h1" : "h1, c1",
                isGru ? "gru" : "lstm",
                isGru ? "h" : "[h, h]",
                String.join(", ", names),
                options.layers());
    layers.add(
        new Layer(
            next(),
            "recurrent",
            "nn.%s(%d, %d, %d, batch_first=True, dropout=%s)"
                .formatted(
                    options.cell(),
                    width,
                    options.hidden(),
                    options.layers(),
                    options.layers() > 1 ? options.dropout() : 0),
            weights,
            List.of(),
            List.of(
                "h = torch.new_zeros(x, [%d, torch.size(x, 0), %d])"
                    .formatted(options.layers(), options.hidden()),
                call)));
  }

  private Network unet(UNet.Options options) {
    int levels = options.channels().size();
    var forward = new ArrayList<String>();
    for (int level = 0; level < levels; level++) {
      if (level > 0) {
        forward.add("x = F.max_pool2d(x, 2)");
        layers.add(Layer.words("x = torch.max_pool2d(x, [2, 2], [2, 2], [0, 0], [1, 1], False)"));
      }
      two("down" + level, forward);
      if (level < levels - 1) {
        forward.add("skip%d = x".formatted(level));
        layers.add(Layer.words("skip%d = x".formatted(level)));
      }
    }
    for (int level = levels - 2; level >= 0; level--) {
      forward.add(
          "x = torch.cat([F.interpolate(x, size=skip%1$d.shape[2:]), skip%1$d], 1)"
              .formatted(level));
      layers.add(
          Layer.words(
              "x = torch.upsample_nearest2d(x, [torch.size(skip%1$d, 2), torch.size(skip%1$d, 3)])"
                  .formatted(level),
              "x = torch.cat([x, skip%d], 1)".formatted(level)));
      two("up" + level, forward);
    }
    Shape shape = shape("weight");
    layers.add(
        new Layer(
            "",
            "head",
            "nn.Conv2d(%d, %d, 1)".formatted(shape.get(1), shape.get(0)),
            Map.of("weight", "weight", "bias", "bias"),
            List.of(),
            List.of("x = torch.permute(torch.conv2d(x, {weight}, {bias}), [0, 2, 3, 1])")));
    forward.add("return self.head(x).permute(0, 2, 3, 1)");
    return network("x", forward);
  }

  private void two(String name, List<String> forward) {
    for (String part : List.of("a", "b")) {
      block(next(), name + part, 1);
      forward.add("x = self.%s%s(x)".formatted(name, part));
    }
  }

  private void images() {
    Shape shape = task.inputs().getFirst().shape();
    long side = Math.round(Math.sqrt(shape.get(1)));
    switch (shape.dimension()) {
      case 2 -> plain("Images()", "x = torch.reshape(x, [-1, 1, %1$d, %1$d])".formatted(side));
      case 3 -> plain("Images()", "x = torch.unsqueeze(x, 1)");
      default -> plain("Images()");
    }
  }

  /// A convolution, its normalisation and ReLU.
  private void block(String own, String name, int stride) {
    Shape shape = shape(own + "_weight");
    Map<String, String> weights = norm("", "1.");
    weights.put("weight", "0.weight");
    layers.add(
        new Layer(
            own,
            name,
            "ConvBlock(%d, %d, %d)".formatted(shape.get(1), shape.get(0), stride),
            weights,
            List.of("1.num_batches_tracked"),
            List.of(
                "x = torch.conv2d(x, {weight}, None, [%1$d, %1$d], [1, 1], [1, 1], 1)"
                    .formatted(stride),
                "x = " + normed("", "x"))));
  }

  private void residual(String own, int stride) {
    Shape shape = shape(own + "_weight1");
    boolean projects = parameters.containsKey(own + "_shortcut");
    Map<String, String> weights = norm("1", "norm1.");
    weights.putAll(norm("2", "norm2."));
    weights.put("weight1", "conv1.weight");
    weights.put("weight2", "conv2.weight");
    var script =
        new ArrayList<String>(
            List.of(
                "a = " + normed("1", "x"),
                "y = torch.conv2d(a, {weight1}, None, [%1$d, %1$d], [1, 1], [1, 1], 1)"
                    .formatted(stride),
                "y = " + normed("2", "y"),
                "y = torch.conv2d(y, {weight2}, None, [1, 1], [1, 1], [1, 1], 1)"));
    if (projects) {
      weights.put("shortcut", "shortcut.weight");
      script.add(
          "x = torch.conv2d(a, {shortcut}, None, [%1$d, %1$d], [0, 0], [1, 1], 1)"
              .formatted(stride));
    }
    script.add("x = torch.add(y, x)");
    layers.add(
        new Layer(
            own,
            place(),
            "PreActivation(%d, %d, %d, %s)"
                .formatted(shape.get(1), shape.get(0), stride, projects ? "True" : "False"),
            weights,
            List.of("norm1.num_batches_tracked", "norm2.num_batches_tracked"),
            script));
  }

  /// {@return the weights of a normalisation}
  ///
  /// @param suffix of their names in the net
  /// @param prefix of their names in PyTorch
  private static Map<String, String> norm(String suffix, String prefix) {
    var weights = new LinkedHashMap<String, String>();
    weights.put("gamma" + suffix, prefix + "weight");
    weights.put("beta" + suffix, prefix + "bias");
    weights.put("runningMean" + suffix, prefix + "running_mean");
    weights.put("runningVar" + suffix, prefix + "running_var");
    return weights;
  }

  /// {@return an array normalised, and what is positive of it}
  private static String normed(String suffix, String of) {
    return "torch.relu(torch.batch_norm(%2$s, {gamma%1$s}, {beta%1$s}, {runningMean%1$s}, {runningVar%1$s}, False, 0.1, 1e-05, True))"
        .formatted(suffix, of);
  }

  private void hidden(int count, Activation activation, double dropout) {
    for (int i = 0; i < count; i++) {
      linear();
      String name =
          switch (activation) {
            case RELU -> "ReLU";
            case GELU -> "GELU";
            case SILU -> "SiLU";
            case MISH -> "Mish";
            case TANH -> "Tanh";
            case SIGMOID -> "Sigmoid";
          };
      plain("nn.%s()".formatted(name), "x = torch.%s(x)".formatted(name.toLowerCase(Locale.ROOT)));
      dropout(dropout);
    }
  }

  private void dropout(double rate) {
    if (rate > 0) {
      plain("nn.Dropout(%s)".formatted(rate));
    }
  }

  private void linear() {
    linear(next(), place());
  }

  private void linear(String own, String name) {
    Shape shape = shape(own + "_weight");
    layers.add(
        new Layer(
            own,
            name,
            "nn.Linear(%d, %d)".formatted(shape.get(1), shape.get(0)),
            Map.of("weight", "weight", "bias", "bias"),
            List.of(),
            List.of("x = torch.linear(x, {weight}, {bias})")));
  }

  private void rescale() {
    if (!task.scales().isEmpty()) {
      layers.add(
          new Layer(
              next(),
              place(),
              "Rescale(%d)".formatted(task.scales().size()),
              Map.of("mean", "mean", "deviation", "deviation"),
              List.of(),
              List.of("x = torch.addcmul({mean}, x, {deviation})")));
    }
  }

  private void table() {
    String own = next();
    var weights = new LinkedHashMap<String, String>();
    var sizes = new ArrayList<String>();
    var parts = new ArrayList<String>();
    for (int i = 0; i < task.inputs().size(); i++) {
      String input = TorchArchive.argument(task, i);
      List<Task.Feature> columns = task.inputs().get(i).features();
      if (columns.stream().allMatch(column -> column.categories().isEmpty())) {
        parts.add(input);
        continue;
      }
      for (int column = 0; column < columns.size(); column++) {
        String weight = "embedding" + sizes.size();
        Shape shape = shape(own + "_" + weight);
        weights.put(weight, "embeddings.%d.weight".formatted(sizes.size()));
        sizes.add("(%d, %d)".formatted(shape.get(0), shape.get(1)));
        parts.add(
            "torch.embedding({%s}, torch.select(%s, 1, %d))".formatted(weight, input, column));
      }
    }
    layers.add(
        new Layer(
            own,
            "table",
            "Table([%s])".formatted(String.join(", ", sizes)),
            weights,
            List.of(),
            List.of("x = torch.cat([%s], 1)".formatted(String.join(", ", parts)))));
  }
}
