package io.antiphon.core.options;

import io.antiphon.core.spi.Provider;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// A component that can be named: what is known of it before one is made.
///
/// @param <P> what the record of its options implements
public final class Component<P extends Provider> {
  private final Kind<P> kind;
  private final String id;
  private final Class<?> type;
  private final Supplier<? extends P> source;

  Component(Kind<P> kind, String id, Class<?> type, Supplier<? extends P> source) {
    this.kind = kind;
    this.id = id;
    this.type = type;
    this.source = source;
  }

  /// {@return its kind}
  public Kind<P> kind() {
    return kind;
  }

  /// {@return its name}
  public String id() {
    return id;
  }

  /// {@return what it does, in one line; empty if nobody said}
  public String summary() {
    return RecordAccess.summaryOf(type);
  }

  /// {@return the name of the module that provides it; empty outside of modules}
  public String module() {
    return type.getModule().isNamed() ? type.getModule().getName() : "";
  }

  /// {@return the layer of that module; none outside of modules}
  public Optional<ModuleLayer> layer() {
    return Optional.ofNullable(type.getModule().getLayer());
  }

  /// {@return the version of that module, if it has one}
  public Optional<String> version() {
    return type.getModule().isNamed()
        ? type.getModule().getDescriptor().rawVersion()
        : Optional.empty();
  }

  /// {@return its options with their defaults}
  ///
  /// @throws java.util.ServiceConfigurationError if they cannot be made
  public P defaults() {
    return source.get();
  }

  /// {@return its options, for people}
  public List<Option> options() {
    return Options.describe((Record) defaults());
  }

  /// {@return its options: those given, the defaults else}
  ///
  /// @param catalog where components are found that options name
  /// @throws OptionException if a key is unknown, or a value is of the wrong type or refused
  public P bind(Node.Mapping given, Catalog catalog) {
    return kind.service().cast(Options.bind(toString(), (Record) defaults(), given, () -> catalog));
  }

  /// {@return kind and id, for sentences: `callback 'mixup'`}
  @Override
  public String toString() {
    return kind + " '" + id + "'";
  }

  /// {@return where it comes from, for sentences}
  String origin() {
    return module().isEmpty()
        ? "class " + type.getName()
        : "module %s%s (%s)".formatted(module(), file(), type.getName());
  }

  /// {@return the file of that module, in words; two of one name lie in different ones}
  private String file() {
    return layer()
        .flatMap(layer -> layer.configuration().findModule(module()))
        .flatMap(found -> found.reference().location())
        .filter(location -> location.getScheme().equals("file"))
        .map(location -> " in '" + Path.of(location) + "'")
        .orElse("");
  }
}
