package io.antiphon.core.options;

import io.antiphon.core.spi.Provider;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/// Options as records.
///
/// The names are the record's components in kebab-case. A component is an `int`, `long`, `double`,
/// `float` or `boolean`, a [String], an enum (its constants in kebab-case), a [java.nio.file.Path],
/// a [java.time.Duration] (`90s`, `5m`, `1.5h`), a public record with a `public static` method
/// `parse(String)` that reads what its `toString` writes (such as [io.antiphon.core.Length], `5
/// epochs`; a list of values counts as a text with commas between them), another record, a
/// component by the interface of its kind (such as [io.antiphon.core.spi.TokenizerProvider]), which
/// is written as components are, or a [java.util.List] or [java.util.Optional] of one of these.
/// Boxed numbers are as good. A path that someone wrote starts from the folder of its [Place], and
/// is absolute once bound. The record's compact constructor refuses values out of range with an
/// [IllegalArgumentException]; its message gets the place in front.
public final class Options {
  private Options() {}

  /// Makes a record from what is given and what holds otherwise.
  ///
  /// @param subject whose options these are, for messages: `callback 'mixup'`
  /// @param defaults what holds where nothing is given
  /// @param given the values that were written
  /// @throws OptionException if a key is unknown, or a value is of the wrong type or refused
  /// @throws IllegalStateException if the record cannot be used for options: the programmer's error
  public static <R extends Record> R bind(String subject, R defaults, Node.Mapping given) {
    return bind(subject, defaults, given, Catalog::boot);
  }

  /// Makes a record, options of which may name components.
  ///
  /// @param catalog where those are found, asked if there are any
  static <R extends Record> R bind(
      String subject, R defaults, Node.Mapping given, Supplier<Catalog> catalog) {
    @SuppressWarnings("unchecked")
    var type = (Class<R>) defaults.getClass();
    return Binding.of(type, subject, defaults, given, catalog);
  }

  /// {@return the components that options name}
  public static List<Provider> components(Record options) {
    var all = new ArrayList<Provider>();
    for (RecordComponent component : options.getClass().getRecordComponents()) {
      Object value = RecordAccess.read(options, component);
      if (value instanceof Provider named && Kind.of(component.getType()).isPresent()) {
        all.add(named);
      }
      if (value instanceof Record inner) {
        all.addAll(components(inner));
      }
    }
    return List.copyOf(all);
  }

  /// {@return a record as a tree, every option with its value, such that binding it gives an equal
  /// record}
  ///
  /// Relative paths are those of a record's defaults; they mean the run's folder ([#rebase]), so
  /// they are left out, for a tree that is written to a file would tie them to the file's folder.
  public static Node.Mapping tree(Record options) {
    return Unbinding.mapping(options);
  }

  /// {@return the same options with every relative path in them resolved against a folder}
  ///
  /// Bound paths are absolute already, so this concerns what defaults name: `checkpoints` by
  /// default is the folder of that name in the run's own folder. An empty path stays empty: it says
  /// that there is none.
  public static <R extends Record> R rebase(R options, java.nio.file.Path folder) {
    return Unbinding.rebase(options, folder);
  }

  /// {@return the options of a record, for people}
  ///
  /// @param defaults what holds where nothing is given
  public static List<Option> describe(Record defaults) {
    var options = new ArrayList<Option>();
    describe("", defaults, options);
    return List.copyOf(options);
  }

  private static void describe(String prefix, Record defaults, List<Option> into) {
    for (RecordComponent component : defaults.getClass().getRecordComponents()) {
      String name = prefix + RecordAccess.nameOf(component);
      Object value = RecordAccess.read(defaults, component);
      if (value instanceof Record inner
          && component.getType().isRecord()
          && !Texts.isText(inner.getClass())) {
        describe(name + ".", inner, into);
      } else {
        into.add(
            new Option(
                name,
                ValueType.describe(component.getGenericType()),
                Unbinding.text(value),
                RecordAccess.summaryOf(component)));
      }
    }
  }
}
