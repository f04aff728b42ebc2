package io.antiphon.metrics;

import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.MetricProvider;
import io.antiphon.core.spi.Task;

/// What a metric compares, so that one that cannot be of a task is refused before anything runs.
interface Comparison extends MetricProvider {
  /// Classes, one or several of which hold.
  interface OfClasses extends Comparison {
    @Override
    default void check(Task task) {
      if (task.goal() == Task.Goal.REGRESSION) {
        throw refused(task, "classes", "mae, rmse or r2");
      }
    }
  }

  /// Numbers.
  interface OfNumbers extends Comparison {
    @Override
    default void check(Task task) {
      if (task.goal().hasClasses()) {
        throw refused(task, "numbers", "accuracy or f-beta");
      }
    }
  }

  /// Answers of yes or no, one for each prediction.
  interface OfLabels extends Comparison {
    @Override
    default void check(Task task) {
      if (task.goal() != Task.Goal.LABELS) {
        throw refused(
            task,
            "labels, several of which may hold",
            task.goal().hasClasses() ? "accuracy or error-rate" : "mae, rmse or r2");
      }
    }
  }

  /// {@return a refusal}
  default IllegalArgumentException refused(Task task, String compared, String better) {
    Id id = getClass().getAnnotation(Id.class);
    return new IllegalArgumentException(
        "%s compares %s, and the data are for %s; name %s"
            .formatted(
                id == null ? getClass().getSimpleName() : id.value(),
                compared,
                task.goal(),
                better));
  }
}
