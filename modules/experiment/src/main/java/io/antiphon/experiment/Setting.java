package io.antiphon.experiment;

import io.antiphon.core.options.Node;
import io.antiphon.core.options.OptionException;
import io.antiphon.core.options.Place;
import io.antiphon.core.options.Spelling;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// One `path=value` or `path+=value` of the command line.
///
/// A path leads into the file, name by name: `fit.epochs`. An item of a list is named by its index
/// from 0 (`model.channels.0`) or, if it is a component, by its id (`callbacks.mixup.alpha`).
///
/// @param path the names
/// @param appends whether the value is appended to a list
/// @param value the value, or for a list to append to: its items
/// @param place the option, for messages
record Setting(List<String> path, boolean appends, Node value, Place place) {
  private static final Pattern FORM =
      Pattern.compile("([A-Za-z0-9_.\\-\\[\\]]+?)\\s*(\\+?=)(.*)", Pattern.DOTALL);

  /// What a message shows of a setting.
  private static final int LONGEST = 300;

  /// {@return the setting that a text says}
  ///
  /// @param text `path=value` or `path+=value`, the value in YAML
  /// @param folder what relative paths start from
  static Setting parse(String text, Path folder) {
    String shown = text.length() > LONGEST ? text.substring(0, LONGEST) + " …" : text;
    var place = new Place("--set " + shown, 0, 0, folder.toAbsolutePath().normalize());
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw new OptionException(
          place, "this is neither path=value nor path+=value; write, say, fit.epochs=2");
    }
    List<String> path = List.of(form.group(1).replace("[", ".").replace("]", "").split("\\.", -1));
    if (path.contains("")) {
      throw new OptionException(place, "the path '%s' has an empty name".formatted(form.group(1)));
    }
    if (path.size() > Yaml.DEPTH) {
      throw new OptionException(
          place, "a path has at most %d names, not %d".formatted(Yaml.DEPTH, path.size()));
    }
    if (path.equals(List.of("fit", "use"))) {
      path = List.of("fit", "policy");
    }
    return new Setting(path, form.group(2).equals("+="), Yaml.value(form.group(3), place), place);
  }

  /// {@return an experiment's tree, its components in canonical form, with this value in it}
  Node.Mapping apply(Node.Mapping tree) {
    return (Node.Mapping) changed(tree, 0);
  }

  private Node changed(Node node, int depth) {
    if (depth == path.size()) {
      return appends ? appended(node) : value;
    }
    return switch (node) {
      case Node.Mapping mapping -> inMapping(mapping, depth);
      case Node.Sequence sequence -> inSequence(sequence, depth);
      case Node.Scalar _ ->
          throw new OptionException(
              place,
              "'%s' has nothing named '%s' in it, for it is %s"
                  .formatted(upTo(depth), path.get(depth), node.describe()));
    };
  }

  private Node inMapping(Node.Mapping mapping, int depth) {
    String name = path.get(depth);
    if (depth == 0 && !Section.keys().contains(name)) {
      throw new OptionException(
          place,
          "an experiment has no '%s'%s"
              .formatted(name, Spelling.hint(name, Section.keys(), "it has")));
    }
    boolean last = depth + 1 == path.size();
    if (last && appends && mapping.get(name).isEmpty()) {
      throw new OptionException(
          place,
          "'%s' is not in the file, so there is no list to append to; set the whole list"
              .formatted(upTo(depth + 1)));
    }
    Node inner = mapping.get(name).orElseGet(() -> Node.Mapping.empty(place));
    return mapping.with(new Node.Entry(name, place, changed(inner, depth + 1)));
  }

  private Node inSequence(Node.Sequence sequence, int depth) {
    int index = index(sequence, depth);
    var items = new ArrayList<>(sequence.items());
    items.set(index, changed(items.get(index), depth + 1));
    return new Node.Sequence(sequence.place(), items);
  }

  private int index(Node.Sequence sequence, int depth) {
    String name = path.get(depth);
    int size = sequence.items().size();
    if (name.matches("\\d{1,6}")) {
      int index = Integer.parseInt(name);
      if (index < size) {
        return index;
      }
      throw new OptionException(
          place,
          "'%s' has no item %d; it has %d, counted from 0".formatted(upTo(depth), index, size));
    }
    List<String> ids = sequence.items().stream().map(Setting::idOf).toList();
    int index = ids.indexOf(name);
    if (index < 0) {
      throw new OptionException(
          place,
          "'%s' has no '%s'%s; --set %s+=%s adds it"
              .formatted(upTo(depth), name, Spelling.hint(name, ids, "it has"), upTo(depth), name));
    }
    if (ids.lastIndexOf(name) != index) {
      throw new OptionException(
          place,
          "'%s' has several '%s'; name the one by its index from 0, as in %s.%d"
              .formatted(upTo(depth), name, upTo(depth), index));
    }
    return index;
  }

  private static String idOf(Node item) {
    return item instanceof Node.Mapping mapping
            && mapping.get("use").orElse(null) instanceof Node.Scalar id
        ? id.text()
        : item.describe();
  }

  private Node appended(Node node) {
    if (!(node instanceof Node.Sequence sequence)) {
      throw new OptionException(
          place,
          "'%s' is %s, not a list, so nothing can be appended; use = to set it"
              .formatted(upTo(path.size()), node.describe()));
    }
    var items = new ArrayList<>(sequence.items());
    items.addAll(value instanceof Node.Sequence more ? more.items() : List.of(value));
    return new Node.Sequence(sequence.place(), items);
  }

  private String upTo(int depth) {
    return String.join(".", path.subList(0, depth));
  }
}
