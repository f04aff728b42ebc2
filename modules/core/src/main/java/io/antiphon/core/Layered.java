package io.antiphon.core;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// A value with changes over it, each owned by a scope. The value in force is the fold of the live
/// changes over the base, replacements first; a scope that ends takes its changes with it, so
/// nothing is ever written back.
final class Layered<T> {
  private final List<Layer<T>> layers = new ArrayList<>();
  private T base;
  private T value;

  Layered(T base) {
    this.base = base;
    this.value = base;
  }

  T get() {
    return value;
  }

  T base() {
    return base;
  }

  void base(T base) {
    this.base = base;
    fold();
  }

  /// Lays a change over the others and over whatever [#put] lays, before or after. It is taken off
  /// by [#release] of its owner.
  void wrap(Scope owner, UnaryOperator<T> change) {
    lay(owner, new Layer<>(owner, null, change));
  }

  /// Lays a value over the other values, under what wraps them; the same author in the same scope
  /// changes its layer in place.
  void put(Scope owner, Object author, T value) {
    for (Layer<T> layer : layers) {
      if (layer.isOf(owner, author)) {
        UnaryOperator<T> former = layer.change;
        layer.change = _ -> value;
        try {
          fold();
        } catch (Throwable e) {
          layer.change = former;
          throw e;
        }
        return;
      }
    }
    lay(owner, new Layer<>(owner, author, _ -> value));
  }

  // A layer with which the value cannot be computed is not laid.
  private void lay(Scope owner, Layer<T> layer) {
    layers.add(layer);
    try {
      fold();
    } catch (Throwable e) {
      layers.removeLast();
      throw e;
    }
    owner.undo(this);
  }

  void release(Scope owner) {
    if (layers.removeIf(layer -> layer.owner == owner)) {
      fold();
    }
  }

  private void fold() {
    T folded = base;
    for (int i = 0; i < layers.size(); i++) {
      folded = layers.get(i).isValue() ? layers.get(i).change.apply(folded) : folded;
    }
    for (int i = 0; i < layers.size(); i++) {
      folded = layers.get(i).isValue() ? folded : layers.get(i).change.apply(folded);
    }
    value = folded;
  }

  private static final class Layer<T> {
    private final Scope owner;
    private final @Nullable Object author;
    private UnaryOperator<T> change;

    Layer(Scope owner, @Nullable Object author, UnaryOperator<T> change) {
      this.owner = owner;
      this.author = author;
      this.change = change;
    }

    boolean isValue() {
      return author != null;
    }

    @SuppressWarnings("ReferenceEquality") // the very callback, whatever its equals says
    boolean isOf(Scope scope, Object author) {
      return owner == scope && this.author == author;
    }
  }
}
