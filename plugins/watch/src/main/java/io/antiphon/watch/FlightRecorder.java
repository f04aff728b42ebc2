package io.antiphon.watch;

import io.antiphon.core.Batch;
import io.antiphon.core.Callback;
import io.antiphon.core.Epoch;
import io.antiphon.core.Event;
import io.antiphon.core.Fit;
import io.antiphon.core.Pass;
import io.antiphon.core.Scope;
import io.antiphon.core.Witness;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/// Tells the JDK's flight recorder of the loop: an event with its duration for each fit, epoch,
/// part of an epoch, batch, backward pass, step and hook of a callback, in the category Antiphon.
///
/// Record with `java -XX:StartFlightRecording=filename=run.jfr …` (in an image by
/// `JDK_JAVA_OPTIONS`), and look with JDK Mission Control or `jfr print --categories Antiphon
/// run.jfr`. While nothing records, an event costs a look at a flag.
public final class FlightRecorder implements Witness {
  private @Nullable Span fit;
  private @Nullable Span epoch;
  private @Nullable Span part;
  private @Nullable Span batch;
  private @Nullable Span inner;
  private @Nullable Hook hook;

  /// There is nothing to set.
  @Id("flight-recorder")
  @Summary("tells the JDK's flight recorder of every level of the loop and every hook")
  public record Options() implements CallbackProvider {
    @Override
    public Callback create() {
      return new FlightRecorder();
    }
  }

  /// A level of the loop, from its beginning to its end.
  @Name("io.antiphon.Level")
  @Label("Level of the Loop")
  @Category("Antiphon")
  @Description("A fit, an epoch, a part of it, a batch, a backward pass or a step")
  @StackTrace(false)
  static final class Span extends jdk.jfr.Event {
    @Label("Level")
    String level = "";

    @Label("Epoch")
    long epoch = -1;

    @Label("Batch")
    int batch = -1;

    @Label("Training")
    boolean training;
  }

  /// A hook of a callback.
  @Name("io.antiphon.Hook")
  @Label("Hook")
  @Category("Antiphon")
  @Description("A hook of a callback at an event of the loop")
  @StackTrace(false)
  static final class Hook extends jdk.jfr.Event {
    @Label("Callback")
    String callback = "";

    @Label("Event")
    String event = "";
  }

  public FlightRecorder() {}

  private static @Nullable Span begin(String level, long epoch, int batch, boolean training) {
    var span = new Span();
    if (!span.isEnabled()) {
      return null;
    }
    span.level = level;
    span.epoch = epoch;
    span.batch = batch;
    span.training = training;
    span.begin();
    return span;
  }

  private static void end(@Nullable Span span) {
    if (span != null) {
      span.commit();
    }
  }

  @Override
  public void before(Callback callback, Event event, Scope scope) {
    var next = new Hook();
    hook = null;
    if (next.isEnabled()) {
      next.callback = callback.name();
      next.event = event.name();
      next.begin();
      hook = next;
    }
  }

  @Override
  public void after(Callback callback, Event event, Scope scope, @Nullable Throwable thrown) {
    if (hook != null) {
      hook.commit();
      hook = null;
    }
  }

  @Override
  public void beforeFit(Fit fit) {
    this.fit = begin("fit", -1, -1, true);
  }

  @Override
  public void beforeEpoch(Epoch epoch) {
    this.epoch = begin("epoch", epoch.number(), -1, true);
  }

  @Override
  public void beforeTrain(Pass pass) {
    part = begin("train", pass.epoch().number(), -1, true);
  }

  @Override
  public void beforeValidate(Pass pass) {
    part = begin("validate", pass.epoch().number(), -1, false);
  }

  @Override
  public void beforeBatch(Batch batch) {
    this.batch = begin("batch", batch);
  }

  @Override
  public void beforeBackward(Batch batch) {
    inner = begin("backward", batch);
  }

  @Override
  public void beforeStep(Batch batch) {
    inner = begin("step", batch);
  }

  private static @Nullable Span begin(String level, Batch batch) {
    return begin(level, batch.pass().epoch().number(), batch.index(), batch.isTraining());
  }

  @Override
  public void cleanupBackward(Batch batch) {
    end(inner);
    inner = null;
  }

  @Override
  public void cleanupStep(Batch batch) {
    end(inner);
    inner = null;
  }

  @Override
  public void cleanupBatch(Batch batch) {
    end(this.batch);
    this.batch = null;
  }

  @Override
  public void cleanupTrain(Pass pass) {
    end(part);
    part = null;
  }

  @Override
  public void cleanupValidate(Pass pass) {
    end(part);
    part = null;
  }

  @Override
  public void cleanupEpoch(Epoch epoch) {
    end(this.epoch);
    this.epoch = null;
  }

  @Override
  public void cleanupFit(Fit fit) {
    end(this.fit);
    this.fit = null;
  }
}
