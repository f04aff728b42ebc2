package io.antiphon.schedule;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Learning rates for the parts of a model, from its input to its output: one for all, or lower
/// ones for the early parts.
///
/// @param kind how the numbers spread over the parts
/// @param numbers what was given, each finite and at least 0
public record Rates(Kind kind, List<Double> numbers) {
  private static final Pattern SLICE = Pattern.compile("slice\\s*\\(([^()]*)\\)");

  /// How numbers spread over parts.
  public enum Kind {
    /// One number, for every part.
    SAME,
    /// One number for the last part, a tenth of it for the others.
    LAST,
    /// Two numbers, for the first and the last part, and a geometric series between.
    SPREAD,
    /// A number for each part.
    EACH
  }

  public Rates {
    numbers = List.copyOf(numbers);
    int wanted = kind == Kind.SPREAD ? 2 : 1;
    if (kind == Kind.EACH ? numbers.isEmpty() : numbers.size() != wanted) {
      throw new IllegalArgumentException(
          "%d numbers for rates of kind %s, which takes %s"
              .formatted(numbers.size(), kind, kind == Kind.EACH ? "at least 1" : wanted));
    }
    for (double number : numbers) {
      if (!(number >= 0 && number < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException("a rate is " + number + ", not 0 or more");
      }
    }
    if (kind == Kind.SPREAD && !(numbers.get(0) * numbers.get(1) > 0)) {
      throw new IllegalArgumentException(
          "rates spread from %s to %s; both must be greater than 0"
              .formatted(numbers.get(0), numbers.get(1)));
    }
  }

  /// {@return one rate for all parts}
  public static Rates of(double rate) {
    return new Rates(Kind.SAME, List.of(rate));
  }

  /// {@return fastai's `slice(last)`: a rate for the last part, a tenth of it for all others}
  public static Rates slice(double last) {
    return new Rates(Kind.LAST, List.of(last));
  }

  /// {@return fastai's `slice(first, last)`: a geometric series over the parts; `last` if there is
  /// but one}
  public static Rates slice(double first, double last) {
    return new Rates(Kind.SPREAD, List.of(first, last));
  }

  /// {@return a rate for each part}
  public static Rates each(double... rates) {
    return new Rates(Kind.EACH, Arrays.stream(rates).boxed().toList());
  }

  /// Reads rates.
  ///
  /// @param text `0.01`, `slice(0.01)`, `slice(1e-5, 1e-3)`, or a rate for each part, `1e-5, 1e-4,
  ///   1e-3`
  /// @throws IllegalArgumentException if it is none of these
  public static Rates parse(String text) {
    Matcher slice = SLICE.matcher(text.strip());
    boolean sliced = slice.matches();
    var numbers = new ArrayList<Double>();
    try {
      for (String number : (sliced ? slice.group(1) : text).split(",", -1)) {
        numbers.add(Double.parseDouble(number.strip()));
      }
    } catch (NumberFormatException _) {
      throw wrong(text);
    }
    if (sliced && numbers.size() > 2) {
      throw wrong(text);
    }
    if (sliced) {
      return new Rates(numbers.size() == 1 ? Kind.LAST : Kind.SPREAD, numbers);
    }
    return new Rates(numbers.size() == 1 ? Kind.SAME : Kind.EACH, numbers);
  }

  private static IllegalArgumentException wrong(String text) {
    return new IllegalArgumentException(
        "'%s' is no learning rate; write '0.01', 'slice(0.01)', 'slice(1e-5, 1e-3)' or one for each part"
            .formatted(text));
  }

  /// {@return the rates of the parts, first to last}
  ///
  /// @param parts how many there are, at least 1
  /// @throws IllegalArgumentException if another number of rates was given
  public List<Double> over(int parts) {
    return switch (kind) {
      case SAME -> Collections.nCopies(parts, numbers.getFirst());
      case LAST -> {
        var rates = new ArrayList<Double>(Collections.nCopies(parts - 1, numbers.getFirst() / 10));
        rates.add(numbers.getFirst());
        yield List.copyOf(rates);
      }
      case SPREAD -> spread(parts);
      case EACH -> {
        if (!fit(parts)) {
          throw new IllegalArgumentException(
              "%d rates were given for %d parts of the model; give one for each, or slice(first, last)"
                  .formatted(numbers.size(), parts));
        }
        yield numbers;
      }
    };
  }

  private List<Double> spread(int parts) {
    if (parts == 1) {
      return List.of(numbers.getLast());
    }
    double ratio = numbers.getLast() / numbers.getFirst();
    var rates = new ArrayList<Double>();
    for (int i = 0; i < parts; i++) {
      rates.add(numbers.getFirst() * Math.pow(ratio, (double) i / (parts - 1)));
    }
    return List.copyOf(rates);
  }

  /// {@return whether these differ from part to part}
  boolean areForParts() {
    return kind == Kind.LAST || kind == Kind.SPREAD || numbers.size() > 1;
  }

  /// {@return whether these are rates for that many parts}
  boolean fit(int parts) {
    return kind != Kind.EACH || numbers.size() == parts;
  }

  /// {@return these rates multiplied}
  public Rates times(double factor) {
    return new Rates(kind, numbers.stream().map(number -> number * factor).toList());
  }

  /// {@return the text that [#parse] reads}
  @Override
  public String toString() {
    String list = numbers.stream().map(Formula::number).collect(Collectors.joining(", "));
    return kind == Kind.LAST || kind == Kind.SPREAD ? "slice(" + list + ")" : list;
  }
}
