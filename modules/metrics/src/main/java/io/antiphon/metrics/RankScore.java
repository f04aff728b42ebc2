package io.antiphon.metrics;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.antiphon.core.Metric;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import io.antiphon.torch.TorchScript;
import java.util.Arrays;

/// How well scores put the members of a class before the others, at any threshold: area under the
/// ROC curve, and average precision.
///
/// Predictions and targets are as for [Accuracy]; a place whose index is -100 is left out. Of two
/// classes, the members of class 1 are ranked; of more, each class's against the rest by its
/// probability, and the mean is taken over the classes that have members and others; so are labels,
/// several of which may hold, each by its logit. Equal scores are one rank. All predictions of a
/// pass are kept on the device, 16·C bytes a sample; when the value is read they are copied to the
/// heap, as many bytes again, and sorted once per class: a million samples take about 0.2 s a
/// class. A class with a score that is no number has none.
public final class RankScore extends CollectedMetric {
  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def indices(x: Tensor, y: Tensor) -> Tuple[Tensor, Tensor]:
            rows = torch.flatten(torch.nonzero(torch.ne(torch.flatten(y), -100)))
            scores = torch.index_select(torch.to(torch.flatten(x, 0, -2), 7), 0, rows)
            own = torch.index_select(torch.to(torch.reshape(y, [-1, 1]), 4), 0, rows)
            if torch.eq(torch.size(x, -1), 2):
              return (torch.sub(torch.slice(scores, 1, 1, 2), torch.slice(scores, 1, 0, 1)), torch.to(own, 7))
            else:
              return (torch.softmax(scores, -1), torch.scatter(torch.zeros_like(scores), 1, own, 1.))
          def probabilities(x: Tensor, y: Tensor) -> Tuple[Tensor, Tensor]:
            scores = torch.to(torch.flatten(x, 0, -2), 7)
            own = torch.argmax(torch.flatten(y, 0, -2), -1, True)
            if torch.eq(torch.size(x, -1), 2):
              return (torch.sub(torch.slice(scores, 1, 1, 2), torch.slice(scores, 1, 0, 1)), torch.to(own, 7))
            else:
              return (torch.softmax(scores, -1), torch.scatter(torch.zeros_like(scores), 1, own, 1.))
          def logits(x: Tensor, y: Tensor) -> Tuple[Tensor, Tensor]:
            return (torch.to(torch.reshape(x, [-1, 1]), 7), torch.to(torch.ge(torch.reshape(y, [-1, 1]), 0.5), 7))
          def labels(x: Tensor, y: Tensor) -> Tuple[Tensor, Tensor]:
            return (torch.to(torch.flatten(x, 0, -2), 7, False, True), torch.to(torch.ge(torch.flatten(y, 0, -2), 0.5), 7))
          """);

  private final boolean area;

  private RankScore(String name, boolean area) {
    super(name);
    this.area = area;
  }

  /// The area under the ROC curve; there is nothing to set.
  @Id("roc-auc")
  @Summary("area under the ROC curve: how often a member scores above another, in [0, 1]")
  public record RocAuc() implements Comparison.OfClasses {
    @Override
    public Metric create() {
      return rocAuc();
    }
  }

  /// The average precision; there is nothing to set.
  @Id("average-precision")
  @Summary("mean precision over all thresholds that find another member, in [0, 1]")
  public record AveragePrecision() implements Comparison.OfClasses {
    @Override
    public Metric create() {
      return averagePrecision();
    }
  }

  /// {@return the area under the ROC curve, as `roc_auc`: the probability that a member scores
  /// above another, half of it where they score the same; NaN without both}
  public static RankScore rocAuc() {
    return new RankScore("roc_auc", true);
  }

  /// {@return the average precision, as `average_precision`: the sum over thresholds of precision
  /// times what recall has gained, without interpolation; NaN without both}
  public static RankScore averagePrecision() {
    return new RankScore("average_precision", false);
  }

  @Override
  NDList columns(NDManager owner, NDArray predictions, NDArray targets) {
    String form = Classes.of(name(), predictions, targets, labels()).function();
    return SCRIPT.call(owner, form, predictions, targets);
  }

  @Override
  boolean skipsNaN() {
    return true;
  }

  @Override
  double value(double[] scores, double[] members) {
    for (double score : scores) {
      if (Double.isNaN(score)) {
        return Double.NaN;
      }
    }
    double[] inside = rising(scores, members, true);
    double[] outside = rising(scores, members, false);
    if (inside.length == 0 || outside.length == 0) {
      return Double.NaN;
    }
    double found = 0;
    double passed = 0;
    double pairs = 0;
    double precision = 0;
    int in = inside.length;
    int out = outside.length;
    while (in > 0 || out > 0) { // from the highest score on, all that are equal at once
      boolean isInside = out == 0 || (in > 0 && inside[in - 1] > outside[out - 1]);
      double score = isInside ? inside[in - 1] : outside[out - 1];
      int above = in;
      while (in > 0 && inside[in - 1] >= score) {
        in--;
      }
      double gained = above - in;
      above = out;
      while (out > 0 && outside[out - 1] >= score) {
        out--;
      }
      double more = above - out;
      pairs += more * (found + gained / 2);
      found += gained;
      passed += more;
      precision += gained * found / (found + passed);
    }
    return area ? pairs / (found * passed) : precision / found;
  }

  private static double[] rising(double[] scores, double[] members, boolean isMember) {
    var some = new double[scores.length];
    int count = 0;
    for (int i = 0; i < scores.length; i++) {
      if (members[i] > 0.5 == isMember) {
        some[count++] = scores[i];
      }
    }
    double[] rising = Arrays.copyOf(some, count);
    Arrays.sort(rising);
    return rising;
  }
}
