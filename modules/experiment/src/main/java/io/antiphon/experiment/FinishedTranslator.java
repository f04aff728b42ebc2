package io.antiphon.experiment;

import ai.djl.modality.Classifications;
import ai.djl.modality.Input;
import ai.djl.modality.Output;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.translate.NoBatchifyTranslator;
import ai.djl.translate.TranslatorContext;
import io.antiphon.core.DataLoader;
import io.antiphon.core.LossFunction;
import io.antiphon.core.Predictions;
import io.antiphon.core.Samples;
import io.antiphon.torch.Autograd;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;

/// Brings samples into the net of a finished model, and its outputs into words.
final class FinishedTranslator<I, O> implements NoBatchifyTranslator<I, O> {
  private static final String BATCH = "batch";

  private final FinishedModel finished;
  private final Class<O> output;

  /// What was read of one input.
  private record Read(IntFunction<String> names, NDList targets, int size) {}

  FinishedTranslator(FinishedModel finished, Class<I> input, Class<O> output) {
    this.finished = finished;
    this.output = output;
  }

  @Override
  public NDList processInput(TranslatorContext context, I input) throws IOException {
    if (input instanceof Path path) {
      return read(context, path, true);
    }
    byte[] bytes = input instanceof Input message ? message.getData().getAsBytes() : (byte[]) input;
    return FinishedModel.asFile(
        new ByteArrayInputStream(bytes), "what was sent", file -> read(context, file, false));
  }

  /// @param isNamed whether the name of the file says anything
  private NDList read(TranslatorContext context, Path source, boolean isNamed) {
    NDManager manager = context.getNDManager();
    DataLoader data = finished.read(source, manager);
    var batches = new ArrayList<Samples>();
    try (DataLoader.Batches open = data.open(0, 0, 0)) {
      while (open.hasNext()) {
        batches.add(open.next(manager));
      }
    }
    if (batches.isEmpty()) {
      throw new IllegalArgumentException("there is no sample in what is to be predicted");
    }
    Samples all = Samples.joined(batches, manager);
    IntFunction<String> names = isNamed ? data::name : Integer::toString;
    context.setAttachment(BATCH, new Read(names, all.targets(), all.size()));
    return all.inputs();
  }

  @Override
  public O processOutput(TranslatorContext context, NDList outputs) {
    var read = (Read) context.getAttachment(BATCH);
    var batch =
        new Predictions(
            0, read.size(), new NDList(), read.targets(), outputs, losses(outputs, read.targets()));
    List<Prediction> all = finished.decode(batch, read.names());
    if (output == Prediction[].class) {
      return output.cast(all.toArray(Prediction[]::new));
    }
    return output.cast(output == Output.class ? message(all) : classes(all));
  }

  private Optional<NDArray> losses(NDList outputs, NDList targets) {
    LossFunction loss = finished.learner().lossFunction();
    try (var _ = Autograd.off()) {
      return targets.isEmpty() || !loss.hasPerSample()
          ? Optional.empty()
          : Optional.of(loss.perSample(outputs, targets));
    }
  }

  private Output message(List<Prediction> all) {
    var lines = new StringBuilder();
    all.forEach(
        new PredictionLines(finished.task(), true, line -> lines.append(line).append('\n')));
    var message = new Output();
    message.addProperty("Content-Type", "application/jsonlines");
    message.add(lines.toString());
    return message;
  }

  private Classifications classes(List<Prediction> all) {
    boolean named =
        switch (finished.task().goal()) {
          case CLASSIFICATION, LABELS -> true;
          default -> false;
        };
    if (!named || all.size() != 1) {
      throw new IllegalArgumentException(
          named
              ? "Classifications are of one sample, and here are %d; ask for Prediction[]"
                  .formatted(all.size())
              : "this is a model for %s, which gives no classes; ask for Prediction[]"
                  .formatted(finished.task().goal()));
    }
    return new Classifications(finished.task().names(), all.getFirst().numbers());
  }
}
