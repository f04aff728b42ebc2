package io.antiphon.schedule;

import io.antiphon.core.Callback;
import io.antiphon.core.Hyper;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;

/// Provides a [ParamScheduler] of one number.
@Id("schedule")
@Summary("sets a hyper-parameter, or a number of another callback, by a schedule")
public final class ScheduleProvider implements CallbackProvider<ScheduleProvider.Options> {
  /// Used by the service loader.
  public ScheduleProvider() {}

  /// The options.
  ///
  /// @param of what is set: a hyper-parameter's name, or a callback's name, a dot and the number's
  ///   name
  /// @param by the schedule, see [Schedule#parse]
  public record Options(
      @Summary(
              "what is set: a hyper-parameter such as lr, or a number of a callback such as mixup.alpha")
          String of,
      @Summary(
              "the schedule: cosine(0.1, 0), or pieces with their shares of the run, 0.3 linear(0, 1), 0.7 cosine(1, 0)")
          String by) {
    public Options {
      Schedule.parse(by);
      if (of.isBlank() || of.startsWith(".") || of.endsWith(".")) {
        throw new IllegalArgumentException(
            "of is '"
                + of
                + "', not a hyper-parameter's name, or a callback's name, a dot and a name");
      }
    }
  }

  @Override
  public Options defaults() {
    return new Options("lr", "cosine(1e-3, 0)");
  }

  @Override
  public Callback create(Options options) {
    Schedule schedule = Schedule.parse(options.by());
    int dot = options.of().indexOf('.');
    ParamScheduler scheduler =
        dot < 0
            ? ParamScheduler.of(new Hyper(options.of()), schedule)
            : ParamScheduler.of(
                options.of().substring(0, dot), options.of().substring(dot + 1), schedule);
    return scheduler.named("schedule of " + options.of());
  }
}
