package io.antiphon.experiment;

import io.antiphon.core.options.Node;
import io.antiphon.core.options.OptionException;
import io.antiphon.core.options.Place;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.composer.Composer;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/// Reads YAML 1.2 into trees with places.
final class Yaml {
  // deeper than anyone writes: an alias that holds itself
  private static final int DEPTH = 50;

  private final Place whole;

  private Yaml(Place whole) {
    this.whole = whole;
  }

  /// {@return the mapping that a file holds}
  ///
  /// @throws OptionException if the file cannot be read, or holds anything else
  static Node.Mapping read(Path file) {
    Path parent = file.toAbsolutePath().normalize().getParent();
    Place place = new Place(file.toString(), 0, 0, parent == null ? file : parent);
    return mapping(text(file, place), place);
  }

  /// {@return the mapping that a text holds}
  ///
  /// @param whole where the text is from; what is in it gets lines and columns
  static Node.Mapping mapping(String text, Place whole) {
    Node node =
        parse(text, whole, false)
            .orElseThrow(() -> new OptionException(whole, "the file is empty"));
    if (node instanceof Node.Mapping mapping) {
      return mapping;
    }
    throw new OptionException(
        node.place(),
        "an experiment is a mapping, 'name: value' on each line, not %s"
            .formatted(node.describe()));
  }

  /// {@return the value that an option of the command line holds}
  static Node value(String text, Place place) {
    return parse(text, place, true).orElseGet(() -> new Node.Scalar(place, "", false));
  }

  private static String text(Path file, Place place) {
    try {
      return Files.readString(file);
    } catch (NoSuchFileException e) {
      throw new OptionException(place, "there is no such file");
    } catch (AccessDeniedException e) {
      throw new OptionException(place, "the file may not be read by this user");
    } catch (CharacterCodingException e) {
      throw new OptionException(place, "the file is not text in UTF-8");
    } catch (IOException e) {
      throw new OptionException(
          place,
          Files.isDirectory(file)
              ? "that is a folder, not a file"
              : "the file cannot be read: " + e.getMessage());
    }
  }

  private static Optional<Node> parse(String text, Place whole, boolean option) {
    var settings =
        LoadSettings.builder().setLabel(whole.source()).setAllowNonScalarKeys(true).build();
    try {
      var parser = new ParserImpl(settings, new StreamReader(settings, text));
      return new Composer(settings, parser)
          .getSingleNode()
          .map(node -> new Yaml(whole).convert(node, option, 0));
    } catch (MarkedYamlEngineException e) {
      throw new OptionException(
          e.getProblemMark().map(mark -> place(whole, mark, option)).orElse(whole),
          "this is not YAML: " + problem(e));
    } catch (YamlEngineException e) {
      throw new OptionException(whole, "this is not YAML: " + e.getMessage());
    }
  }

  private static String problem(MarkedYamlEngineException e) {
    String problem = e.getProblem();
    if (problem.contains("TAB")) {
      return "a tab cannot indent; use spaces";
    }
    String context = e.getContext();
    return context == null ? problem : problem + " " + context;
  }

  private Node convert(org.snakeyaml.engine.v2.nodes.Node node, boolean option, int depth) {
    Place place = node.getStartMark().map(mark -> place(whole, mark, option)).orElse(whole);
    if (depth > DEPTH) {
      throw new OptionException(place, "this holds itself, or is too deep");
    }
    return switch (node) {
      case ScalarNode scalar ->
          new Node.Scalar(place, scalar.getValue(), scalar.getScalarStyle() != ScalarStyle.PLAIN);
      case SequenceNode sequence ->
          new Node.Sequence(
              place,
              sequence.getValue().stream().map(item -> convert(item, option, depth + 1)).toList());
      case MappingNode mapping -> convert(mapping, place, option, depth);
      default ->
          throw new OptionException(
              place,
              "%s is not allowed here"
                  .formatted(node.getNodeType().toString().toLowerCase(Locale.ROOT)));
    };
  }

  private Node.Mapping convert(MappingNode mapping, Place place, boolean option, int depth) {
    var entries = new ArrayList<Node.Entry>();
    Map<String, Place> seen = new HashMap<>();
    for (NodeTuple tuple : mapping.getValue()) {
      Place at =
          tuple.getKeyNode().getStartMark().map(mark -> place(whole, mark, option)).orElse(whole);
      if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
        throw new OptionException(at, "a name is a single word, not a list or a mapping");
      }
      Place first = seen.putIfAbsent(key.getValue(), at);
      if (first != null) {
        throw new OptionException(
            at,
            "'%s' is given twice%s; leave one out"
                .formatted(
                    key.getValue(), first.line() == 0 ? "" : ", first in line " + first.line()));
      }
      entries.add(
          new Node.Entry(key.getValue(), at, convert(tuple.getValueNode(), option, depth + 1)));
    }
    return new Node.Mapping(place, entries);
  }

  private static Place place(Place whole, Mark mark, boolean option) {
    return option
        ? whole
        : new Place(whole.source(), mark.getLine() + 1, mark.getColumn() + 1, whole.base());
  }
}
