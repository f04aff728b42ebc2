package io.antiphon.dataset;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.dataset.RandomAccessDataset;
import ai.djl.training.dataset.Record;
import ai.djl.util.Progress;
import org.jspecify.annotations.Nullable;

/// Points in the plane, and on which side of a line they are.
public final class Points extends RandomAccessDataset {
  private final int count;
  private final boolean isFar;

  Points(Builder builder) {
    super(builder);
    count = builder.count;
    isFar = builder.far;
  }

  public static Builder builder() {
    return new Builder();
  }

  @Override
  public Record get(NDManager manager, long index) {
    float x = (index * 37 % 100) / 50f - 1;
    float y = (index * 53 % 100) / 50f - 1;
    float side = isFar ? 10 * (x + y) : x + y > 0 ? 1 : 0;
    return new Record(
        new NDList(manager.create(new float[] {x, y})),
        new NDList(manager.create(new float[] {side}, new Shape(1))));
  }

  @Override
  protected long availableSize() {
    return count;
  }

  @Override
  public void prepare(@Nullable Progress progress) {}

  /// Makes points.
  public static final class Builder extends BaseBuilder<Builder> {
    private int count = 200;
    private boolean far;

    Builder() {}

    public Builder setCount(int count) {
      this.count = count;
      return this;
    }

    public Builder optFar(boolean far) {
      this.far = far;
      return this;
    }

    @Override
    protected Builder self() {
      return this;
    }

    public Points build() {
      return new Points(this);
    }
  }
}
