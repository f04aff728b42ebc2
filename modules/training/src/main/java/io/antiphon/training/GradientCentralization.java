package io.antiphon.training;

import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Order;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;

/// Takes the mean off the gradient of each unit, a row of a weight, before each step (Yong et al.,
/// Gradient Centralization, 2020). Gradients of one axis, such as those of biases, stay.
public final class GradientCentralization implements Callback {
  private static final Order ORDER = Order.CLIP.runBefore(GradientClip.class);

  /// There is nothing to set.
  @Id("gradient-centralization")
  @Summary("takes the mean off the gradient of each unit")
  public record Options() implements CallbackProvider {
    @Override
    public Callback create() {
      return new GradientCentralization();
    }
  }

  public GradientCentralization() {}

  @Override
  public Order order() {
    return ORDER;
  }

  @Override
  public void beforeStep(Batch batch) {
    batch.gradients().centralize();
  }
}
