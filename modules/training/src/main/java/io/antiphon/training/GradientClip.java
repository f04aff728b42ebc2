package io.antiphon.training;

import ai.djl.ndarray.NDArray;
import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Check;
import io.antiphon.core.Order;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import io.antiphon.torch.Gradients;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/// Limits gradients before each step, once mixed precision has divided them by its loss scale and
/// accumulation has added up its batches.
///
/// - by their [By#NORM] as one vector (Pascanu et al., 2013): all are scaled alike, by PyTorch's
///   rule min(1, bound / (norm + 1e-6));
/// - by [By#VALUE]: each number is limited to `[-bound, bound]`;
/// - [By#ADAPTIVE]ly (Brock et al., High-Performance Large-Scale Image Recognition Without
///   Normalization, 2021): for each unit, a row of a weight, the ratio of the gradient's norm to
///   the weight's, of at least 1e-3, is limited to the bound.
public final class GradientClip implements Callback {
  private final Options options;
  private @Nullable NDArray norm;

  /// What is limited.
  public enum By {
    /// The norm of all gradients as one vector.
    NORM,
    /// Each number.
    VALUE,
    /// The ratio of norms of gradient and weight, for each unit.
    ADAPTIVE
  }

  /// What is limited, and to what.
  @Id("gradient-clip")
  @Summary("limits gradients before each step")
  public record Options(
      @Summary("what is limited: the norm of all gradients, each number, or the ratio to weights")
          By by,
      @Summary("the limit, greater than 0; null for 1, and for adaptive 0.01") OptionalDouble bound,
      @Summary("the order of the norm, above 0: 2 for Euclidean, .inf for the greatest magnitude")
          double order)
      implements CallbackProvider {
    public Options {
      if (bound.isPresent()) {
        Check.above("bound", bound.getAsDouble(), 0);
      }
      if (!(order > 0)) {
        throw Check.refused("order", order, "greater than 0");
      }
    }

    /// The Euclidean norm, to 1.
    public Options() {
      this(By.NORM, OptionalDouble.empty(), 2);
    }

    @Override
    public Callback create() {
      return new GradientClip(this);
    }
  }

  public GradientClip(Options options) {
    this.options = options;
  }

  /// {@return a callback that limits the Euclidean norm of all gradients}
  ///
  /// @param bound to what, greater than 0
  public static GradientClip norm(double bound) {
    return new GradientClip(new Options(By.NORM, OptionalDouble.of(bound), 2));
  }

  /// {@return a callback that limits every number of every gradient to `[-bound, bound]`}
  ///
  /// @param bound to what, greater than 0
  public static GradientClip value(double bound) {
    return new GradientClip(new Options(By.VALUE, OptionalDouble.of(bound), 2));
  }

  /// {@return a callback that limits gradients beside their weights}
  ///
  /// @param ratio the greatest ratio of their norms, greater than 0
  public static GradientClip adaptive(double ratio) {
    return new GradientClip(new Options(By.ADAPTIVE, OptionalDouble.of(ratio), 2));
  }

  @Override
  public Order order() {
    return Order.CLIP;
  }

  /// {@return the norm of this batch's gradients before they were limited, a scalar `[]` on their
  /// device}
  ///
  /// @throws IllegalStateException before this callback's `BEFORE_STEP`, after the batch, and
  ///   unless the norm is limited
  public NDArray norm() {
    NDArray current = norm;
    if (current == null) {
      throw new IllegalStateException(
          "the norm of gradients is there from BEFORE_STEP to the batch's end, if the norm is"
              + " what is clipped");
    }
    return current;
  }

  @Override
  public void beforeStep(Batch batch) {
    Gradients gradients = batch.gradients();
    switch (options.by()) {
      case NORM ->
          norm = gradients.clipNorm(batch.manager(), options.bound().orElse(1), options.order());
      case VALUE -> gradients.clipValue(options.bound().orElse(1));
      case ADAPTIVE -> gradients.clipAdaptively(options.bound().orElse(0.01), 1e-3);
    }
  }

  @Override
  public void cleanupBatch(Batch batch) {
    norm = null;
  }
}
