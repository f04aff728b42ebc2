package io.antiphon.experiment;

import ai.djl.Model;
import ai.djl.modality.Classifications;
import ai.djl.modality.Input;
import ai.djl.modality.Output;
import ai.djl.nn.Block;
import ai.djl.nn.BlockFactory;
import ai.djl.repository.zoo.Criteria;
import ai.djl.translate.Translator;
import ai.djl.translate.TranslatorFactory;
import ai.djl.util.Pair;
import io.antiphon.core.options.Catalog;
import java.io.IOException;
import java.lang.reflect.Type;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/// Finished models as models of DJL, for programs that predict by its `Criteria`, `Model` and
/// `Predictor`.
///
/// ```
/// Criteria<byte[], Prediction[]> criteria =
///     FinishedModelFactory.criteria(Path.of("runs/wine"), byte[].class, Prediction[].class)
///         .build();
/// try (ZooModel<byte[], Prediction[]> model = criteria.loadModel();
///     Predictor<byte[], Prediction[]> predictor = model.newPredictor()) {
///   Prediction first = predictor.predict(csv)[0];
/// }
/// ```
///
/// Samples go in as they are, and are prepared as those for training were: a [Path] to a file or
/// folder, the bytes of a file, or an [Input] whose content is such bytes. They are predicted as
/// one batch. [Prediction]`[]` comes out, one for each sample in their order; [Classifications] of
/// one sample, for a model for classes or labels; or an [Output] of JSON, one object on a line for
/// each sample, as `antiphon predict --json` writes them. What cannot be read is an
/// [IllegalArgumentException], the cause of DJL's own exception.
///
/// One model serves many threads, each with a predictor of its own; but not one that remembers
/// something from batch to batch, as recurrent layers do.
public final class FinishedModelFactory implements BlockFactory, TranslatorFactory {
  private static final long serialVersionUID = 1;

  private static final List<Class<?>> INPUTS = List.of(Path.class, byte[].class, Input.class);
  private static final List<Class<?>> OUTPUTS =
      List.of(Prediction[].class, Classifications.class, Output.class);

  /// For `blockFactory` and `translatorFactory`, where DJL wants the name of a class.
  public FinishedModelFactory() {}

  /// {@return what loads a model: the PyTorch engine, this factory for block and translator, and no
  /// file of parameters of DJL's own; on DJL's default device unless somebody names another}
  ///
  /// @param folder a run's, or a copy of the folder `model` in it
  /// @param input [Path], `byte[]` or [Input]
  /// @param output [Prediction]`[]`, [Classifications] or [Output]
  public static <I, O> Criteria.Builder<I, O> criteria(
      Path folder, Class<I> input, Class<O> output) {
    var factory = new FinishedModelFactory();
    return Criteria.builder()
        .setTypes(input, output)
        .optEngine("PyTorch")
        .optModelPath(folder.toAbsolutePath())
        .optArgument("blockFactory", factory)
        .optTranslatorFactory(factory)
        .optOption("hasParameter", "false");
  }

  /// {@return the net of a finished model, with its weights; it is closed with the model}
  ///
  /// @param model which will have it, on its device
  /// @param folder a run's, or a copy of the folder `model` in it
  @Override
  public Block newBlock(Model model, Path folder, Map<String, ?> arguments) throws IOException {
    var device = Optional.of(model.getNDManager().getDevice());
    FinishedModel finished = FinishedModel.open(folder, Catalog.boot(), device);
    finished.refuseTokens();
    model.getNDManager().attachInternal(UUID.randomUUID().toString(), finished);
    return new FinishedBlock(finished);
  }

  @Override
  public Set<Pair<Type, Type>> getSupportedTypes() {
    var types = new LinkedHashSet<Pair<Type, Type>>();
    INPUTS.forEach(input -> OUTPUTS.forEach(output -> types.add(new Pair<>(input, output))));
    return types;
  }

  /// {@return what brings samples into the net of a model, and its outputs into words}
  ///
  /// @param model whose block is of [#newBlock]
  @Override
  public <I, O> Translator<I, O> newInstance(
      Class<I> input, Class<O> output, Model model, Map<String, ?> arguments) {
    if (!(model.getBlock() instanceof FinishedBlock block)) {
      throw new IllegalArgumentException(
          "the block of model '%s' is no finished model's; let this factory make it"
              .formatted(model.getName()));
    }
    return new FinishedTranslator<>(block.finished(), input, output);
  }
}
