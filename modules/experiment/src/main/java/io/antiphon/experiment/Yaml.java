package io.antiphon.experiment;

import io.antiphon.core.options.Node;
import io.antiphon.core.options.OptionException;
import io.antiphon.core.options.Place;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
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
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/// Reads YAML 1.2 into trees with places.
///
/// What it accepts, [YamlText] can write, and it reads the same again. It takes time and memory in
/// proportion to a text that is no longer than anyone writes, whatever is in it.
final class Yaml {
  /// Deeper than anyone writes: an alias that holds itself, or a text that means harm.
  static final int DEPTH = 50;

  /// An alias counts as often as it is used.
  private static final int NODES = 100_000;

  private static final int BYTES = 4 << 20;

  /// YAML wants the name of a value within 1,024 characters, escapes included.
  private static final int NAME = 100;

  private final Place whole;
  private final boolean option;
  private int nodes;

  /// @param option whether the text is one of the command line, which has no lines
  private Yaml(Place whole, boolean option) {
    this.whole = whole;
    this.option = option;
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
        new Yaml(whole, false)
            .parse(text)
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
    return new Yaml(place, true).parse(text).orElseGet(() -> new Node.Scalar(place, "", false));
  }

  private static String text(Path file, Place place) {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(BYTES + 1);
      if (bytes.length > BYTES) {
        throw new OptionException(place, "the file is longer than 4 MiB; no experiment is");
      }
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
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

  private Optional<Node> parse(String text) {
    var settings =
        LoadSettings.builder()
            .setLabel(whole.source())
            .setAllowNonScalarKeys(true)
            .setCodePointLimit(Integer.MAX_VALUE)
            .setMaxAliasesForCollections(Integer.MAX_VALUE)
            .build();
    try {
      checkDepth(new ParserImpl(settings, new StreamReader(settings, text)));
      var parser = new ParserImpl(settings, new StreamReader(settings, text));
      return new Composer(settings, parser).getSingleNode().map(node -> convert(node, 0));
    } catch (ReaderException e) {
      throw new OptionException(
          option ? whole : placeOf(text, e.getPosition()),
          "this is not YAML: the character U+%04X may stand in it only as an escape in double quotes"
              .formatted(e.getCodePoint()));
    } catch (MarkedYamlEngineException e) {
      throw new OptionException(
          e.getProblemMark().map(this::place).orElse(whole), "this is not YAML: " + problem(e));
    } catch (YamlEngineException e) {
      throw new OptionException(whole, "this is not YAML: " + e.getMessage());
    } catch (IllegalArgumentException e) {
      // an escape that is no character, as "\UFFFFFFFF"
      throw new OptionException(whole, "this is not YAML: " + e.getMessage());
    }
  }

  /// The library composes nodes within nodes by recursion; it tells events without.
  private void checkDepth(ParserImpl events) {
    int depth = 0;
    while (events.hasNext()) {
      Event event = events.next();
      if (event instanceof CollectionStartEvent && ++depth > DEPTH) {
        throw tooDeep(event.getStartMark().map(this::place).orElse(whole));
      } else if (event instanceof CollectionEndEvent) {
        depth--;
      }
    }
  }

  private static OptionException tooDeep(Place place) {
    return new OptionException(
        place, "this holds itself, or is too deep; %d levels are the most".formatted(DEPTH));
  }

  /// {@return where a character stands}
  private Place placeOf(String text, int index) {
    String before = text.substring(0, text.offsetByCodePoints(0, Math.min(index, length(text))));
    int line = (int) before.codePoints().filter(point -> point == '\n').count() + 1;
    int column = before.codePointCount(before.lastIndexOf('\n') + 1, before.length()) + 1;
    return new Place(whole.source(), line, column, whole.base());
  }

  private static int length(String text) {
    return text.codePointCount(0, text.length());
  }

  private static String problem(MarkedYamlEngineException e) {
    String problem = e.getProblem();
    if (problem.contains("TAB")) {
      return "a tab cannot indent; use spaces";
    }
    String context = e.getContext();
    return context == null ? problem : problem + " " + context;
  }

  private Node convert(org.snakeyaml.engine.v2.nodes.Node node, int depth) {
    Place place = node.getStartMark().map(this::place).orElse(whole);
    if (depth > DEPTH) {
      throw tooDeep(place);
    }
    if (++nodes > NODES) {
      throw new OptionException(
          place,
          "these are more than %d values, an alias counted as often as it is used"
              .formatted(NODES));
    }
    return switch (node) {
      case ScalarNode scalar ->
          new Node.Scalar(place, scalar.getValue(), scalar.getScalarStyle() != ScalarStyle.PLAIN);
      case SequenceNode sequence ->
          new Node.Sequence(
              place, sequence.getValue().stream().map(item -> convert(item, depth + 1)).toList());
      case MappingNode mapping -> convert(mapping, place, depth);
      default ->
          throw new OptionException(
              place,
              "%s is not allowed here"
                  .formatted(node.getNodeType().toString().toLowerCase(Locale.ROOT)));
    };
  }

  private Node.Mapping convert(MappingNode mapping, Place place, int depth) {
    var entries = new ArrayList<Node.Entry>();
    Map<String, Place> seen = new HashMap<>();
    for (NodeTuple tuple : mapping.getValue()) {
      Place at = tuple.getKeyNode().getStartMark().map(this::place).orElse(whole);
      if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
        throw new OptionException(at, "a name is a single word, not a list or a mapping");
      }
      if (key.getValue().length() > NAME) {
        throw new OptionException(
            at,
            "a name has at most %d characters, not %d".formatted(NAME, key.getValue().length()));
      }
      Place first = seen.putIfAbsent(key.getValue(), at);
      if (first != null) {
        throw new OptionException(
            at,
            "'%s' is given twice%s; leave one out"
                .formatted(
                    key.getValue(), first.line() == 0 ? "" : ", first in line " + first.line()));
      }
      entries.add(new Node.Entry(key.getValue(), at, convert(tuple.getValueNode(), depth + 1)));
    }
    return new Node.Mapping(place, entries);
  }

  private Place place(Mark mark) {
    return option
        ? whole
        : new Place(whole.source(), mark.getLine() + 1, mark.getColumn() + 1, whole.base());
  }
}
