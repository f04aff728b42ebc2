package io.antiphon.export;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import io.antiphon.core.spi.Task;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// A net as a PyTorch module, in Python.
final class PythonModule {
  private static final Gson TEXTS = new GsonBuilder().disableHtmlEscaping().create();

  /// What layers are made of beside PyTorch's own, by the names of their classes.
  private static final Map<String, String> CLASSES = new TreeMap<>();

  static {
    CLASSES.put(
        "Images",
        """
        class Images(nn.Module):
            \"""Images [B, C, H, W]; those of one channel may come as [B, H, W], or as rows if H = W.\"""

            def forward(self, x):
                if x.dim() == 2:
                    side = round(x.shape[1] ** 0.5)
                    return x.reshape(-1, 1, side, side)
                return x.unsqueeze(1) if x.dim() == 3 else x
        """);
    CLASSES.put(
        "ConvBlock",
        """
        class ConvBlock(nn.Sequential):
            def __init__(self, inputs, outputs, stride):
                super().__init__(
                    nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False),
                    nn.BatchNorm2d(outputs),
                    nn.ReLU(),
                )
        """);
    CLASSES.put(
        "PreActivation",
        """
        class PreActivation(nn.Module):
            \"""A residual block with pre-activation.\"""

            def __init__(self, inputs, outputs, stride, projects):
                super().__init__()
                self.norm1 = nn.BatchNorm2d(inputs)
                self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
                self.norm2 = nn.BatchNorm2d(outputs)
                self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
                self.shortcut = nn.Conv2d(inputs, outputs, 1, stride, bias=False) if projects else None

            def forward(self, x):
                a = F.relu(self.norm1(x))
                y = self.conv2(F.relu(self.norm2(self.conv1(a))))
                return y + (x if self.shortcut is None else self.shortcut(a))
        """);
    CLASSES.put(
        "Table",
        """
        class Table(nn.Module):
            \"""Numbers, float32 [B, F], beside an embedding of each category, int64 [B, G].\"""

            def __init__(self, embeddings):
                super().__init__()
                self.embeddings = nn.ModuleList(nn.Embedding(n, width) for n, width in embeddings)

            def forward(self, *inputs):
                parts = []
                embeddings = iter(self.embeddings)
                for x in inputs:
                    if x.is_floating_point():
                        parts.append(x)
                    else:
                        parts.extend(next(embeddings)(column) for column in x.unbind(1))
                return torch.cat(parts, 1)
        """);
    CLASSES.put(
        "Rescale",
        """
        class Rescale(nn.Module):
            \"""Brings outputs to where the targets lie.\"""

            def __init__(self, outputs):
                super().__init__()
                self.register_buffer("mean", torch.zeros(outputs))
                self.register_buffer("deviation", torch.ones(outputs))

            def forward(self, x):
                return torch.addcmul(self.mean, x, self.deviation)
        """);
  }

  private static final String LOADING =
      """
      def read(file):
          \"""The arrays of a safetensors file, by name; the format is eight bytes and JSON.\"""
          types = {"F32": torch.float32, "I64": torch.int64}
          with open(file, "rb") as f:
              (size,) = struct.unpack("<Q", f.read(8))
              header = json.loads(f.read(size))
              data = bytearray(f.read())
          arrays = {}
          for name, of in header.items():
              if name != "__metadata__":
                  begin, end = of["data_offsets"]
                  array = torch.frombuffer(data[begin:end], dtype=types[of["dtype"]])
                  arrays[name] = array.reshape(of["shape"])
          return arrays


      def load(folder=os.path.dirname(os.path.abspath(__file__))):
          \"""The network with its weights, ready to predict.\"""
          net = Net()
          net.load_state_dict(read(os.path.join(folder, "weights.safetensors")))
          return net.eval()
      """;

  private PythonModule() {}

  /// {@return a file of Python}
  static String of(Network network, Task task) {
    var text = new StringBuilder();
    text.append(
        """
        \"""A network that Antiphon trained: %s, for %s.

        %s
        What comes in is prepared as the training data were.%s

        Needs torch, 1.13 or newer, and weights.safetensors beside this file.
        \"""

        import json
        import os
        import struct

        import torch
        import torch.nn.functional as F
        from torch import nn

        %s = [%s]
        """
            .formatted(
                network.id(),
                task.goal(),
                use(network, task),
                hasColumns(task) ? " COLUMNS tells how: numbers are (x - mean) / deviation." : "",
                task.goal() == Task.Goal.REGRESSION ? "OUTPUTS" : names(task),
                String.join(", ", task.names().stream().map(PythonModule::literal).toList())));
    if (hasColumns(task)) {
      columns(text, task);
    }
    CLASSES.forEach((name, code) -> {
      if (network.layers().stream().anyMatch(layer -> layer.python().startsWith(name + "("))) {
        text.append("\n\n").append(code);
      }
    });
    net(text, network);
    return text.append("\n\n").append(LOADING).toString();
  }

  private static String names(Task task) {
    return switch (task.goal()) {
      case LABELS -> "LABELS";
      case LANGUAGE_MODEL -> "TOKENS";
      default -> "CLASSES";
    };
  }

  private static String literal(String text) {
    return TEXTS.toJson(text); // a string of JSON is one of Python
  }

  private static boolean hasColumns(Task task) {
    return task.inputs().stream().anyMatch(input -> !input.features().isEmpty());
  }

  private static String use(Network network, Task task) {
    String inputs =
        switch (task.goal()) {
          case LANGUAGE_MODEL -> "tokens, int64 [B, T]";
          default -> String.join("; ", task.inputs().stream().map(PythonModule::input).toList());
        };
    String outputs =
        switch (task.goal()) {
          case CLASSIFICATION -> "logits of CLASSES, [B, %d]".formatted(task.outputs());
          case LABELS -> "logits of LABELS, [B, %d]".formatted(task.outputs());
          case REGRESSION -> "OUTPUTS, [B, %d]".formatted(task.outputs());
          case LANGUAGE_MODEL ->
              "logits of the next of TOKENS, [B, T, %d], and the state to go on from"
                  .formatted(task.outputs());
          case SEGMENTATION ->
              "logits of CLASSES of every pixel, [B, H, W, %d]".formatted(task.outputs());
        };
    boolean several = network.arguments().startsWith("*");
    boolean state = task.goal() == Task.Goal.LANGUAGE_MODEL;
    return """
    net = load()
    with torch.no_grad():
        %s = net(%s)

    Inputs: %s.
    Outputs: %s.
    """
        .formatted(state ? "logits, state" : "outputs", several ? "*inputs" : "x", inputs, outputs)
        .replaceAll("(?m)^(?=net|with|    )", "    ");
  }

  private static String input(Task.Input input) {
    boolean categories =
        input.features().stream().anyMatch(feature -> !feature.categories().isEmpty());
    var sizes = new StringBuilder("B");
    for (int i = 1; i < input.shape().dimension(); i++) {
      sizes.append(", ").append(input.shape().get(i));
    }
    return "%s [%s]".formatted(categories ? "categories, int64" : "float32", sizes);
  }

  private static void columns(StringBuilder text, Task task) {
    text.append("COLUMNS = [\n");
    for (Task.Input input : task.inputs()) {
      text.append("    {\n");
      for (Task.Feature feature : input.features()) {
        String what =
            feature.categories().isEmpty()
                ? "{\"mean\": %s, \"deviation\": %s}"
                    .formatted(feature.scale().mean(), feature.scale().deviation())
                : "[%s]"
                    .formatted(
                        String.join(
                            ", ",
                            feature.categories().stream().map(PythonModule::literal).toList()));
        text.append("        %s: %s,\n".formatted(literal(feature.name()), what));
      }
      text.append("    },\n");
    }
    text.append("]\n");
  }

  private static void net(StringBuilder text, Network network) {
    text.append("\n\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n");
    Map<String, List<Layer>> attributes = new LinkedHashMap<>();
    for (Layer layer : network.layers()) {
      if (!layer.name().isEmpty()) {
        String attribute = layer.name().split("\\.", 2)[0];
        attributes.computeIfAbsent(attribute, _ -> new ArrayList<>()).add(layer);
      }
    }
    attributes.forEach((attribute, layers) -> {
      if (!layers.getFirst().name().contains(".")) {
        text.append("        self.%s = %s\n".formatted(attribute, layers.getFirst().python()));
        return;
      }
      text.append("        self.%s = nn.Sequential(\n".formatted(attribute));
      layers.forEach(layer -> text.append("            %s,\n".formatted(layer.python())));
      text.append("        )\n");
    });
    text.append("\n    def forward(self, %s):\n".formatted(network.arguments()));
    network.forward().forEach(line -> text.append("        %s\n".formatted(line)));
  }
}
