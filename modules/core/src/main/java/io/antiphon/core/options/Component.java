package io.antiphon.core.options;

import io.antiphon.core.spi.Provider;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A component that can be named: what is known of it before one is made.
///
/// @param <P> the interface of its provider
public final class Component<P extends Provider<?>> {
  private final Kind<P> kind;
  private final String id;
  private final Class<?> type;
  private final Supplier<? extends P> source;
  private @Nullable P provider;

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

  /// {@return the version of that module, if it has one}
  public Optional<String> version() {
    return type.getModule().isNamed()
        ? type.getModule().getDescriptor().rawVersion()
        : Optional.empty();
  }

  /// {@return its provider, made on the first call}
  ///
  /// @throws java.util.ServiceConfigurationError if it cannot be made
  public P provider() {
    P made = provider;
    if (made == null) {
      made = source.get();
      provider = made;
    }
    return made;
  }

  /// {@return its options with their defaults}
  public List<Option> options() {
    return Options.describe(provider().defaults());
  }

  /// {@return its options: those given, the defaults else}
  ///
  /// @throws OptionException if a key is unknown, or a value is of the wrong type or refused
  public Record bind(Node.Mapping given) {
    return Options.bind(toString(), provider().defaults(), given);
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
        : "module %s (%s)".formatted(module(), type.getName());
  }
}
