package io.antiphon.mixup;

import io.antiphon.core.Batch;
import io.antiphon.core.BatchTransform;
import io.antiphon.core.Callback;
import io.antiphon.core.Check;
import io.antiphon.core.Event;
import io.antiphon.core.Replacement;
import io.antiphon.core.Tunable;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;

/// Draws one of several transforms for each training batch, such as MixUp or CutMix, which exclude
/// each other as callbacks of their own.
public final class OneOf extends BatchTransform {
  private final List<Choice> choices;
  private final double total;

  /// One of the transforms.
  ///
  /// @param transform what may be drawn
  /// @param weight how often, in relation to the others; finite, 0 or more
  public record Choice(BatchTransform transform, double weight) {
    public Choice {
      Check.atLeast("the weight of " + transform.name(), weight, 0);
    }
  }

  /// The options of the switcher.
  @Id("one-of")
  @Summary("draws mixup, cutmix, cutout or random-erasing for each training batch")
  public record Options(
      @Summary("how often each is drawn, in relation to the others") Weights weights,
      @Summary("options of mixup") Mixup.Options mixup,
      @Summary("options of cutmix") Cutmix.Options cutmix,
      @Summary("options of cutout") Cutout.Options cutout,
      @Summary("options of random-erasing") RandomErasing.Options randomErasing)
      implements CallbackProvider {
    /// MixUp and CutMix with their defaults, each in half of the batches.
    public Options() {
      this(
          new Weights(),
          new Mixup.Options(),
          new Cutmix.Options(),
          new Cutout.Options(),
          new RandomErasing.Options());
    }

    /// {@return the same with other weights}
    public Options weights(Weights weights) {
      return new Options(weights, mixup, cutmix, cutout, randomErasing);
    }

    /// {@return the same with other options of mixup}
    public Options mixup(Mixup.Options mixup) {
      return new Options(weights, mixup, cutmix, cutout, randomErasing);
    }

    /// {@return the same with other options of cutmix}
    public Options cutmix(Cutmix.Options cutmix) {
      return new Options(weights, mixup, cutmix, cutout, randomErasing);
    }

    /// {@return the same with other options of cutout}
    public Options cutout(Cutout.Options cutout) {
      return new Options(weights, mixup, cutmix, cutout, randomErasing);
    }

    /// {@return the same with other options of random-erasing}
    public Options randomErasing(RandomErasing.Options randomErasing) {
      return new Options(weights, mixup, cutmix, cutout, randomErasing);
    }

    @Override
    public Callback create() {
      return new OneOf(this);
    }
  }

  /// How often each transform is drawn, in relation to the others: finite, 0 or more.
  public record Weights(
      @Summary("of mixup, at least 0") double mixup,
      @Summary("of cutmix, at least 0") double cutmix,
      @Summary("of cutout, at least 0") double cutout,
      @Summary("of random-erasing, at least 0") double randomErasing,
      @Summary("of leaving a batch as it is, at least 0") double none) {
    public Weights {
      double sum =
          Check.atLeast("mixup", mixup, 0)
              + Check.atLeast("cutmix", cutmix, 0)
              + Check.atLeast("cutout", cutout, 0)
              + Check.atLeast("random-erasing", randomErasing, 0)
              + Check.atLeast("none", none, 0);
      checkedSum(sum);
    }

    /// MixUp as often as CutMix, and no others.
    public Weights() {
      this(1, 1, 0, 0, 0);
    }

    /// {@return the same that draws mixup as often as this}
    public Weights mixup(double mixup) {
      return new Weights(mixup, cutmix, cutout, randomErasing, none);
    }

    /// {@return the same that draws cutmix as often as this}
    public Weights cutmix(double cutmix) {
      return new Weights(mixup, cutmix, cutout, randomErasing, none);
    }

    /// {@return the same that draws cutout as often as this}
    public Weights cutout(double cutout) {
      return new Weights(mixup, cutmix, cutout, randomErasing, none);
    }

    /// {@return the same that draws random erasing as often as this}
    public Weights randomErasing(double randomErasing) {
      return new Weights(mixup, cutmix, cutout, randomErasing, none);
    }

    /// {@return the same that draws nothing as often as this}
    public Weights none(double none) {
      return new Weights(mixup, cutmix, cutout, randomErasing, none);
    }
  }

  /// MixUp or CutMix, each in half of the batches.
  public OneOf() {
    this(new Options());
  }

  public OneOf(Options options) {
    this(
        List.of(
            new Choice(new Mixup(options.mixup(), "mixup-"), options.weights().mixup()),
            new Choice(new Cutmix(options.cutmix(), "cutmix-"), options.weights().cutmix()),
            new Choice(new Cutout(options.cutout(), "cutout-"), options.weights().cutout()),
            new Choice(
                new RandomErasing(options.randomErasing(), "random-erasing-"),
                options.weights().randomErasing()),
            new Choice(none(), options.weights().none())));
  }

  /// A choice among transforms, of which it calls [BatchTransform#transform] alone.
  ///
  /// @throws IllegalArgumentException if no weight is positive, their sum is infinite, or a
  ///   transform implements events of its own
  public OneOf(List<Choice> choices) {
    this.choices = choices.stream().filter(choice -> choice.weight() > 0).toList();
    this.total = checkedSum(choices.stream().mapToDouble(Choice::weight).sum());
    this.choices.forEach(choice -> refuseOtherEvents(choice.transform()));
  }

  private static double checkedSum(double sum) {
    if (sum == 0) {
      throw new IllegalArgumentException("all weights are 0; at least one must be positive");
    }
    if (sum == Double.POSITIVE_INFINITY) {
      throw new IllegalArgumentException(
          "the sum of the weights is too great for a number; give smaller ones");
    }
    return sum;
  }

  private static void refuseOtherEvents(BatchTransform transform) {
    for (Event event : Event.values()) {
      if (event != Event.BEFORE_BATCH && event.isHeardBy(transform)) {
        throw new IllegalArgumentException(
            ("'%s' implements %s, which one-of does not pass on: it calls transform alone; do it"
                    + " in a callback beside it")
                .formatted(transform.name(), event.hook()));
      }
    }
  }

  /// {@return a choice among transforms, each as often as the others}
  public static OneOf of(BatchTransform... transforms) {
    var choices = new ArrayList<Choice>();
    for (BatchTransform transform : transforms) {
      choices.add(new Choice(transform, 1));
    }
    return new OneOf(choices);
  }

  /// {@return what may be drawn}
  public List<Choice> choices() {
    return choices;
  }

  /// {@return the numbers of all that may be drawn; made from options, their names start with the
  /// transform's: `mixup-alpha`}
  @Override
  public List<Tunable> tunables() {
    return choices.stream().flatMap(choice -> choice.transform().tunables().stream()).toList();
  }

  /// {@return what any of the transforms replaces}
  @Override
  public Set<Replacement> replaces() {
    var all = new HashSet<Replacement>();
    for (Choice choice : choices) {
      all.addAll(choice.transform().replaces());
    }
    return Set.copyOf(all);
  }

  @Override
  public void transform(Batch batch, RandomGenerator random) {
    double left = random.nextDouble() * total;
    for (Choice choice : choices) {
      left -= choice.weight();
      if (left < 0) {
        choice.transform().transform(batch, random);
        return;
      }
    }
    choices.getLast().transform().transform(batch, random); // rounding
  }
}
