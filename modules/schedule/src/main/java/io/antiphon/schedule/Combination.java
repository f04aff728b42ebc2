package io.antiphon.schedule;

import java.util.List;

/// Schedules one after the other.
final class Combination implements Schedule {
  private final List<Piece> pieces;
  private final List<Piece> given;
  private final double[] edges;

  private Combination(List<Piece> given, List<Piece> pieces, double[] edges) {
    this.given = given;
    this.pieces = pieces;
    this.edges = edges;
  }

  static Combination of(List<Piece> given) {
    double sum = given.stream().mapToDouble(Piece::fraction).sum();
    if (!(Math.abs(sum - 1) < 1e-9)) {
      throw new IllegalArgumentException(
          "the shares of the run are %s together, not 1: %s".formatted(sum, Piece.text(given)));
    }
    List<Piece> pieces = given.stream().filter(piece -> piece.fraction() > Formula.DUST).toList();
    double[] edges = new double[pieces.size() + 1];
    for (int i = 0; i < pieces.size(); i++) {
      edges[i + 1] = edges[i] + pieces.get(i).fraction();
    }
    edges[pieces.size()] = 1;
    return new Combination(given, pieces, edges);
  }

  @Override
  public double at(double progress) {
    Formula.checked(progress);
    int index = pieces.size() - 1;
    while (index > 0 && progress < edges[index] - Formula.DUST) {
      index--;
    }
    double local = (progress - edges[index]) / (edges[index + 1] - edges[index]);
    return pieces.get(index).schedule().at(Math.clamp(local, 0, 1));
  }

  @Override
  public String toString() {
    return Piece.text(given);
  }
}
