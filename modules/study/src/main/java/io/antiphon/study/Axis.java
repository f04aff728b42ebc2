package io.antiphon.study;

import io.antiphon.core.options.OptionException;
import io.antiphon.core.options.Place;
import java.math.MathContext;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/// One value of an experiment that a sweep varies: `optimizer.lr=log(1e-4,1e-1)`.
///
/// @param path where it stands in the experiment
/// @param space the values that it may have
/// @param text the space as it was written
record Axis(String path, Space space, String text) {
  private static final Pattern FORM =
      Pattern.compile("([A-Za-z0-9_.\\-\\[\\]]+?)\\s*=\\s*(\\S.*)", Pattern.DOTALL);
  private static final Pattern RANGE = Pattern.compile("([a-z]+)\\s*\\((.*)\\)", Pattern.DOTALL);
  private static final String FORMS =
      "log(1e-4, 1e-1), lin(0, 0.5) (uniform means the same), int(16, 256), or a list as [adam, sgd]";

  /// As many as a value of an experiment needs, and people can read.
  private static final MathContext DIGITS = new MathContext(4);

  private static final int MOST_POINTS = 10_000;

  /// The values that there are.
  sealed interface Space {
    /// {@return the value at a place in [0, 1), as YAML}
    String at(double place);

    /// {@return the values of a grid, as YAML; none if nobody said how many}
    List<String> grid();

    /// {@return where a value lies, in [0, 1]}
    double place(String value);

    /// {@return how many values there are; infinity if it is a range of numbers}
    double count();
  }

  /// Numbers between two ends, evenly or by their logarithms.
  record Range(double low, double high, boolean logarithmic, int points) implements Space {
    @Override
    public String at(double place) {
      double value =
          logarithmic
              ? Math.exp(Math.log(low) + place * (Math.log(high) - Math.log(low)))
              : low + place * (high - low);
      return Cells.rounded(Math.clamp(value, low, high), DIGITS);
    }

    @Override
    public List<String> grid() {
      return IntStream.range(0, points)
          .mapToObj(i -> at(points == 1 ? 0.5 : (double) i / (points - 1)))
          .toList();
    }

    @Override
    public double place(String value) {
      double number = Double.parseDouble(value);
      double place =
          logarithmic
              ? Math.log(number / low) / Math.log(high / low)
              : (number - low) / (high - low);
      return Math.clamp(place, 0, 1);
    }

    @Override
    public double count() {
      return Double.POSITIVE_INFINITY;
    }
  }

  /// Whole numbers between two ends, both of them included.
  record Integers(long low, long high, int points) implements Space {
    @Override
    public String at(double place) {
      return Long.toString(Math.min(high, low + (long) Math.floor(place * (high - low + 1.0))));
    }

    @Override
    public List<String> grid() {
      if (points == 0) {
        return high - low < MOST_POINTS
            ? IntStream.rangeClosed(0, (int) (high - low)).mapToObj(i -> "" + (low + i)).toList()
            : List.of();
      }
      return IntStream.range(0, points)
          .mapToObj(i ->
              Long.toString(
                  Math.round(low + (points == 1 ? 0.5 : (double) i / (points - 1)) * (high - low))))
          .distinct()
          .toList();
    }

    @Override
    public double place(String value) {
      return (Double.parseDouble(value) - low) / (high - low);
    }

    @Override
    public double count() {
      return high - low + 1.0;
    }
  }

  /// Values one by one.
  record Choices(List<String> values) implements Space {
    Choices {
      values = List.copyOf(values);
    }

    @Override
    public String at(double place) {
      return values.get((int) Math.min(values.size() - 1.0, Math.floor(place * values.size())));
    }

    @Override
    public List<String> grid() {
      return values;
    }

    @Override
    public double place(String value) {
      return values.size() == 1 ? 0.5 : (double) values.indexOf(value) / (values.size() - 1);
    }

    @Override
    public double count() {
      return values.size();
    }
  }

  /// {@return what a text says}
  ///
  /// @param text `PATH=SPACE`
  /// @throws OptionException if it says nothing that there is
  static Axis parse(String text) {
    Matcher form = FORM.matcher(text.strip());
    if (!form.matches()) {
      throw wrong(text, "this is not PATH=SPACE; write, say, 'optimizer.lr=log(1e-4, 1e-1)'");
    }
    return new Axis(form.group(1), space(text, form.group(2).strip()), form.group(2).strip());
  }

  /// {@return an axis that a plan names}
  static Axis of(String path, String space) {
    return parse(path + "=" + space);
  }

  private static Space space(String text, String space) {
    if (space.startsWith("[") && space.endsWith("]")) {
      List<String> items = split(text, space.substring(1, space.length() - 1));
      if (items.isEmpty()) {
        throw wrong(text, "a list of values has at least one");
      }
      if (items.stream().distinct().count() < items.size()) {
        throw wrong(text, "a value stands twice in the list; each counts once");
      }
      return new Choices(items);
    }
    Matcher range = RANGE.matcher(space);
    if (!range.matches()) {
      throw wrong(text, "'%s' is no space of values; there are %s".formatted(space, FORMS));
    }
    List<String> ends = split(text, range.group(2));
    String kind = range.group(1);
    if (!List.of("log", "lin", "uniform", "int").contains(kind)) {
      throw wrong(text, "there is no space '%s'; there are %s".formatted(kind, FORMS));
    }
    if (ends.size() < 2 || ends.size() > 3) {
      throw wrong(
          text,
          "%s has two ends, and for a grid the number of points: %1$s(low, high) or %1$s(low, high, 5)"
              .formatted(kind));
    }
    double low = number(text, ends.get(0));
    double high = number(text, ends.get(1));
    int points = ends.size() == 3 ? points(text, ends.get(2)) : 0;
    if (!(low < high)) {
      throw wrong(text, "%s does not lie below %s".formatted(ends.get(0), ends.get(1)));
    }
    if (kind.equals("log") && low <= 0) {
      throw wrong(text, "log begins at %s; it must be above 0".formatted(ends.get(0)));
    }
    if (!kind.equals("int")) {
      return new Range(low, high, kind.equals("log"), points);
    }
    if (low != Math.rint(low) || high != Math.rint(high) || high - low > 1e15) {
      throw wrong(text, "the ends of int are whole numbers");
    }
    return new Integers((long) low, (long) high, points);
  }

  private static double number(String text, String word) {
    try {
      double value = Double.parseDouble(word);
      if (Double.isFinite(value) && Math.abs(value) <= 1e15) {
        return value;
      }
    } catch (NumberFormatException e) {
      // told below
    }
    throw wrong(text, "'%s' is no number between -1e15 and 1e15".formatted(word));
  }

  private static int points(String text, String word) {
    try {
      int points = Integer.parseInt(word);
      if (points >= 1 && points <= MOST_POINTS) {
        return points;
      }
    } catch (NumberFormatException e) {
      // told below
    }
    throw wrong(text, "a grid has 1 to %,d points, not '%s'".formatted(MOST_POINTS, word));
  }

  /// Splits at the commas that stand in no brackets and no quotes.
  private static List<String> split(String text, String items) {
    var found = new ArrayList<String>();
    var item = new StringBuilder();
    int depth = 0;
    char quote = 0;
    for (int i = 0; i < items.length(); i++) {
      char c = items.charAt(i);
      if (quote != 0) {
        quote = c == quote ? 0 : quote;
      } else if (c == '"' || c == '\'') {
        quote = c;
      } else if (c == '[' || c == '{' || c == '(') {
        depth++;
      } else if (c == ']' || c == '}' || c == ')') {
        depth--;
      } else if (c == ',' && depth == 0) {
        found.add(item.toString().strip());
        item.setLength(0);
        continue;
      }
      item.append(c);
    }
    if (!item.toString().isBlank() || !found.isEmpty()) {
      found.add(item.toString().strip());
    }
    if (quote != 0 || depth != 0 || found.contains("")) {
      throw wrong(text, "a value is missing, or a bracket or quote is not closed");
    }
    return found;
  }

  static OptionException wrong(String text, String sentence) {
    return new OptionException(new Place("--over " + text, 0, 0, Path.of("")), sentence);
  }
}
