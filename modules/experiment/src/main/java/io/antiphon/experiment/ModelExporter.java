package io.antiphon.experiment;

import java.nio.file.Path;
import java.util.SequencedMap;

/// Writes finished models for other programs. A service: a module that has one provides it, and
/// `antiphon export` finds it.
public interface ModelExporter {
  /// {@return what it is called on the command line: a word}
  String name();

  /// {@return what it writes, in a few words}
  String summary();

  /// Writes a model.
  ///
  /// @param model the model
  /// @param folder where; it must be empty or not there
  /// @return the files in the folder, with what each is
  /// @throws UnsupportedOperationException if such a model cannot be written; the message says why
  /// @throws java.io.UncheckedIOException if the folder cannot be written, or holds something
  SequencedMap<String, String> write(FinishedModel model, Path folder);
}
