package io.antiphon.core;

import java.util.List;

/// Who reports numbers by name: a training step or a callback. See [Batch#report].
public interface Reporting {
  /// {@return the names under which this reports, each a column of tables and files, in snake_case;
  /// none by default}
  default List<String> reports() {
    return List.of();
  }
}
