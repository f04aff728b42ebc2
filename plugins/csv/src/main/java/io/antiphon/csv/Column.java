package io.antiphon.csv;

import io.antiphon.core.Check;
import io.antiphon.core.spi.Summary;
import java.util.List;

/// What is done with a column: all that the training part told, so that other rows are prepared
/// alike.
///
/// @param name its name in the header
/// @param mean what is subtracted from a number
/// @param deviation what divides it then, greater than 0
/// @param fill what stands for a number that is missing
/// @param categories for a column of categories, those known, in the order of their indices from 1;
///   index 0 is for what is missing or not known. Empty for a number
public record Column(
    @Summary("name in the header") String name,
    @Summary("subtracted from a number") double mean,
    @Summary("divides a number") double deviation,
    @Summary("stands for a number that is missing") double fill,
    @Summary("categories by their index from 1; none for a number") List<String> categories) {
  public Column {
    Check.finite("mean", mean);
    Check.above("deviation", deviation, 0);
    Check.finite("fill", fill);
    categories = List.copyOf(categories);
  }

  static Column number(String name, double mean, double deviation, double fill) {
    return new Column(name, mean, deviation, fill, List.of());
  }

  static Column category(String name, List<String> categories) {
    return new Column(name, 0, 1, 0, categories);
  }

  boolean isNumber() {
    return categories.isEmpty();
  }

  /// {@return a number as a model gets it}
  float standardized(float value) {
    return (float) (((Float.isNaN(value) ? fill : value) - mean) / deviation);
  }
}
