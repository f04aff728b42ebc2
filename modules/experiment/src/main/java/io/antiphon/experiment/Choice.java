package io.antiphon.experiment;

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
import java.util.function.Supplier;

/// A component that an experiment names, with its options.
///
/// @param <P> the interface of its provider
/// @param component what is named
/// @param options its options, every default filled in
/// @param place where it is named
/// @param written the options that were given
public record Choice<P extends Provider<?>>(
    Component<P> component, Record options, Place place, Node.Mapping written) {

  /// {@return the choice that a component in canonical form makes}
  static <P extends Provider<?>> Choice<P> of(
      Catalog catalog, Kind<P> kind, String idKey, Node.Mapping node) {
    var id = (Node.Scalar) node.get(idKey).orElseThrow();
    Component<P> component = catalog.get(kind, id.text(), id.place());
    var given = new Node.Mapping(node.place(), node.without(idKey).entries());
    return new Choice<>(component, component.bind(given), id.place(), given);
  }

  /// {@return the same, with relative paths of its options in a folder}
  Choice<P> in(Path folder) {
    return new Choice<>(component, Options.rebase(options, folder), place, written);
  }

  /// {@return this as a tree: the bare id if there are no options}
  Node tree(String idKey) {
    var id = new Node.Scalar(Place.DEFAULTS, component.id(), false);
    var entries = new ArrayList<Node.Entry>();
    entries.add(new Node.Entry(idKey, Place.DEFAULTS, id));
    entries.addAll(Options.tree(options).entries());
    return entries.size() == 1 ? id : new Node.Mapping(Place.DEFAULTS, entries);
  }

  /// {@return what is made of this; what goes wrong is told with its place}
  <T> T make(Supplier<T> maker) {
    try {
      return maker.get();
    } catch (OptionException e) {
      throw e;
    } catch (RuntimeException e) {
      throw wrong(e);
    }
  }

  /// Lets what is made of this look at what it is for; what it refuses is told with its place.
  void check(Runnable look) {
    try {
      look.run();
    } catch (IllegalArgumentException | IllegalStateException e) {
      throw wrong(e);
    }
  }

  /// {@return a refusal with its place: where the option stands that it begins with, this
  /// component's else}
  OptionException wrong(RuntimeException e) {
    String sentence = Sentence.of(e);
    Place blamed =
        written.entries().stream()
            .filter(entry -> sentence.startsWith(entry.key() + " is "))
            .map(entry -> entry.value().place())
            .findFirst()
            .orElse(place);
    return new OptionException(blamed, component + ": " + sentence, e);
  }
}
