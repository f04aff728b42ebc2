package io.antiphon.cli;

import io.antiphon.core.Callback;
import io.antiphon.experiment.Prepared;
import io.antiphon.schedule.ParamScheduler;
import java.io.PrintStream;
import java.util.List;

/// The values of all scheduled numbers, told on a terminal.
final class ScheduledValues {
  private ScheduledValues() {}

  static void print(PrintStream out, Prepared prepared, int intervals) {
    print(out, prepared, prepared.learner().callbacks(), "", intervals);
    List<List<Callback>> fits = prepared.policyCallbacks();
    for (int i = 0; i < fits.size(); i++) {
      String which = fits.size() == 1 ? "" : ", fit " + (i + 1) + " of " + fits.size();
      print(out, prepared, fits.get(i), which, intervals);
    }
  }

  private static void print(
      PrintStream out, Prepared prepared, List<Callback> callbacks, String which, int intervals) {
    for (Callback callback : callbacks) {
      if (callback instanceof ParamScheduler scheduler) {
        out.println();
        out.println("Values by " + scheduler.name() + which);
        out.print(scheduler.values(prepared.learner(), intervals).indent(2));
      }
    }
  }
}
