package io.antiphon.experiment;

import ai.djl.nn.Block;
import io.antiphon.core.CheckpointException;
import io.antiphon.core.SavedModel;
import io.antiphon.core.Weights;
import io.antiphon.core.options.Node;
import io.antiphon.core.options.OptionException;
import io.antiphon.core.options.Place;
import java.nio.file.Path;
import java.util.Optional;

/// The finished model whose weights another one begins with: `model: { from: runs/digits }`.
///
/// @param folder a run's, or that of the model itself
/// @param place where it is named
public record Origin(Path folder, Place place) {
  private static final String KEY = "from";

  /// {@return a model as the file names it; the one in the folder, with the options that the file
  /// gives, if the file names a folder and no model}
  static Node named(Node written) {
    if (!(written instanceof Node.Mapping mapping)
        || mapping.get(Section.MODEL.idKey()).isPresent()) {
      return written;
    }
    return of(mapping).<Node>map(origin -> origin.with(mapping)).orElse(written);
  }

  /// {@return where a model in canonical form begins, if that is said}
  static Optional<Origin> of(Node.Mapping model) {
    return model
        .get(KEY)
        .map(node -> {
          if (!(node instanceof Node.Scalar folder) || folder.isNull()) {
            throw new OptionException(
                node.place(),
                "'from' is the folder of a run or of its model, not " + node.describe());
          }
          Path path = node.place().base().resolve(folder.text()).toAbsolutePath().normalize();
          return new Origin(path, node.place());
        });
  }

  /// {@return a model's options without this}
  static Node.Mapping without(Node.Mapping model) {
    return model.without(KEY);
  }

  /// {@return options with this among them}
  Node.Mapping in(Node options) {
    Node.Mapping mapping =
        options instanceof Node.Mapping several
            ? several
            : Node.Mapping.empty(Place.DEFAULTS)
                .with(new Node.Entry(Section.MODEL.idKey(), Place.DEFAULTS, options));
    var text = new Node.Scalar(Place.DEFAULTS, folder.toString(), true);
    return mapping.with(new Node.Entry(KEY, Place.DEFAULTS, text));
  }

  private Node.Mapping with(Node.Mapping given) {
    SavedModel saved = open();
    Node.Mapping model =
        ExperimentFile.parse(saved.experiment(), place)
            .tree()
            .get(Section.MODEL.key())
            .map(Node.Mapping.class::cast)
            .orElseThrow(() -> new OptionException(place, "the model in it names no net"));
    for (Node.Entry entry : given.entries()) {
      model = model.with(entry);
    }
    return model;
  }

  private SavedModel open() {
    try {
      return FinishedModel.find(folder);
    } catch (CheckpointException e) {
      throw new OptionException(place, Sentence.of(e), e);
    }
  }

  /// Gives a model the weights that it has under the same names, of the same shapes. What it has
  /// more, such as a last layer for other classes, stays as it was drawn.
  ///
  /// @return what was read
  Weights.Report give(Block model) {
    Weights.Report report;
    try {
      report = open().read(model, name -> name);
    } catch (CheckpointException e) {
      throw new OptionException(place, Sentence.of(e), e);
    }
    if (report.loaded().isEmpty()) {
      throw new OptionException(
          place, "no weight of '%s' fits this model: %s".formatted(folder, report.differences()));
    }
    return report;
  }

  /// {@return what a model has from here, in words}
  String told(Weights.Report report) {
    int fresh = report.missing().size() + report.unlike().size();
    String from = "%d arrays from %s".formatted(report.loaded().size(), folder);
    return fresh == 0 ? from : from + ", %d begin anew".formatted(fresh);
  }
}
