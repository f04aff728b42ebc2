package io.antiphon.study;

import io.antiphon.core.options.OptionException;
import io.antiphon.core.options.Place;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import org.apache.commons.math3.random.SobolSequenceGenerator;
import org.apache.commons.math3.random.Well19937c;

/// How the values of a sweep's trials are found. All but the grid depend on a seed alone, and a
/// sweep of more trials begins with those of one of fewer.
enum Search {
  /// Each combination of the values of all axes, the last axis fastest.
  GRID,
  /// Independent draws.
  RANDOM,
  /// Sobol's sequence, which leaves no gaps, shifted by one draw for each axis.
  QUASI_RANDOM;

  private static final int MOST = 10_000;
  private static final int MOST_DIMENSIONS = 1000;

  /// {@return for each trial its values by path, in YAML}
  ///
  /// @param trials how many; a grid has as many as it has
  List<SequencedMap<String, String>> values(List<Axis> axes, Optional<Integer> trials, long seed) {
    if (this == GRID) {
      return grid(axes, trials);
    }
    int count = trials.orElseThrow();
    double combinations =
        axes.stream().mapToDouble(axis -> axis.space().count()).reduce(1, (a, b) -> a * b);
    if (count > combinations) {
      throw refused(
          "--trials %d".formatted(count),
          "there are only %.0f combinations; --search grid tries each of them once"
              .formatted(combinations));
    }
    if (this == QUASI_RANDOM && axes.size() > MOST_DIMENSIONS) {
      throw refused(
          "--search quasi-random",
          "Sobol's sequence has at most %,d axes; use random".formatted(MOST_DIMENSIONS));
    }
    return places(axes.size(), count, seed).stream()
        .map(place -> {
          SequencedMap<String, String> values = new LinkedHashMap<>();
          for (int i = 0; i < place.size(); i++) {
            values.put(axes.get(i).path(), axes.get(i).space().at(place.get(i)));
          }
          return values;
        })
        .toList();
  }

  private static OptionException refused(String option, String sentence) {
    return new OptionException(new Place(option, 0, 0, Path.of("")), sentence);
  }

  private static List<SequencedMap<String, String>> grid(
      List<Axis> axes, Optional<Integer> trials) {
    List<SequencedMap<String, String>> all = List.of(new LinkedHashMap<>());
    for (Axis axis : axes) {
      List<String> grid = axis.space().grid();
      if (grid.isEmpty()) {
        throw Axis.wrong(
            axis.path() + "=" + axis.text(),
            "a grid needs the number of points, as %s"
                .formatted(axis.text().replaceAll("\\s*\\)$", ", 5)")));
      }
      var longer = new ArrayList<SequencedMap<String, String>>();
      for (SequencedMap<String, String> each : all) {
        for (String value : grid) {
          var values = new LinkedHashMap<>(each);
          values.put(axis.path(), value);
          longer.add(values);
        }
      }
      if (longer.size() > MOST) {
        throw refused("--search grid", "the grid has more than %,d points".formatted(MOST));
      }
      all = longer;
    }
    if (trials.isPresent() && trials.get() != all.size()) {
      throw refused(
          "--trials %d".formatted(trials.get()),
          "the grid has %d points; leave --trials out, or search otherwise".formatted(all.size()));
    }
    return all;
  }

  /// {@return points of the unit cube}
  private List<List<Double>> places(int dimensions, int count, long seed) {
    var random = new Well19937c(seed);
    var places = new ArrayList<List<Double>>();
    if (this == RANDOM) {
      for (int i = 0; i < count; i++) {
        places.add(draw(random, dimensions));
      }
      return places;
    }
    List<Double> shift = draw(random, dimensions);
    var sequence = new SobolSequenceGenerator(dimensions);
    for (int i = 0; i < count; i++) {
      double[] point = sequence.nextVector();
      var place = new ArrayList<Double>();
      for (int d = 0; d < dimensions; d++) {
        place.add((point[d] + shift.get(d)) % 1);
      }
      places.add(place);
    }
    return places;
  }

  private static List<Double> draw(Well19937c random, int dimensions) {
    var place = new ArrayList<Double>();
    for (int d = 0; d < dimensions; d++) {
      place.add(random.nextDouble());
    }
    return place;
  }

  /// {@return the name on the command line}
  @Override
  public String toString() {
    return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
  }
}
