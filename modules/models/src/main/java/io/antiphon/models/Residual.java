package io.antiphon.models;

/// A part of a model that adds something to its input, and so may be left out at times.
public interface Residual {
  /// {@return whether what it adds to is its input as it is, of the shape of its output}
  boolean addsItsInput();
}
