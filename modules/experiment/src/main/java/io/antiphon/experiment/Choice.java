package io.antiphon.experiment;

import io.antiphon.core.Check;
import io.antiphon.core.RefusedException;
import io.antiphon.core.options.Catalog;
import io.antiphon.core.options.Component;
import io.antiphon.core.options.Kind;
import io.antiphon.core.options.Node;
import io.antiphon.core.options.OptionException;
import io.antiphon.core.options.Options;
import io.antiphon.core.options.Place;
import io.antiphon.core.spi.Provider;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.function.Function;
import java.util.function.Supplier;

/// A component that an experiment names, with its options.
///
/// @param <P> what the record of its options implements
/// @param component what is named
/// @param options its options, every default filled in
/// @param place where it is named
/// @param written the options that were given
public record Choice<P extends Provider>(
    Component<P> component, P options, Place place, Node.Mapping written) {

  /// {@return the choice that a component in canonical form makes}
  static <P extends Provider> Choice<P> of(
      Catalog catalog, Kind<P> kind, String idKey, Node.Mapping node) {
    var id = (Node.Scalar) node.get(idKey).orElseThrow();
    Component<P> component = catalog.get(kind, id.text(), id.place());
    var given = new Node.Mapping(node.place(), node.without(idKey).entries());
    return new Choice<>(component, component.bind(given, catalog), id.place(), given);
  }

  /// {@return the same, with relative paths of its options in a folder}
  Choice<P> in(Path folder) {
    Record rebased = Options.rebase((Record) options, folder);
    return new Choice<>(component, component.kind().service().cast(rebased), place, written);
  }

  /// {@return the same component with other options of its own}
  Choice<P> with(P other) {
    return new Choice<>(component, other, place, written);
  }

  /// {@return this as a tree: the bare id if there are no options}
  Node tree(String idKey) {
    var id = new Node.Scalar(Place.DEFAULTS, component.id(), false);
    var entries = new ArrayList<Node.Entry>();
    entries.add(new Node.Entry(idKey, Place.DEFAULTS, id));
    entries.addAll(Options.tree((Record) options).entries());
    return entries.size() == 1 ? id : new Node.Mapping(Place.DEFAULTS, entries);
  }

  /// {@return what its options make; what goes wrong is told with its place}
  <T> T make(Function<P, T> maker) {
    try {
      return maker.apply(options);
    } catch (OutOfMemoryError e) { // one large array that does not fit is no reason to end
      throw new OptionException(
          place,
          "%s: it needs more memory than Java may have, %s; give Java more, as with ANTIPHON_JAVA_OPTS=-Xmx16g in the environment"
              .formatted(component, Check.bytes(Runtime.getRuntime().maxMemory())),
          e);
    } catch (OptionException | VirtualMachineError e) {
      throw e;
    } catch (RuntimeException | Error e) { // a plug-in may throw anything
      throw wrong(e);
    }
  }

  /// {@return what is made of this says of what it is for; what it refuses is told with its place}
  <T> T check(Supplier<T> look) {
    try {
      return look.get();
    } catch (IllegalArgumentException | IllegalStateException e) {
      throw wrong(e);
    }
  }

  /// {@return a refusal with its place: where the option stands that is to blame, this component's
  /// else}
  OptionException wrong(Throwable e) {
    Place blamed =
        e instanceof RefusedException refused
            ? written.get(refused.option()).map(Node::place).orElse(place)
            : place;
    String from = e instanceof Error ? " of module " + component.module() : "";
    return new OptionException(blamed, component + from + ": " + Sentence.of(e), e);
  }
}
