package io.antiphon.site;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BinaryOperator;
import org.commonmark.Extension;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.ext.heading.anchor.IdGenerator;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.Code;
import org.commonmark.node.FencedCodeBlock;
import org.commonmark.node.HardLineBreak;
import org.commonmark.node.Heading;
import org.commonmark.node.Image;
import org.commonmark.node.Link;
import org.commonmark.node.Node;
import org.commonmark.node.SoftLineBreak;
import org.commonmark.node.Text;
import org.commonmark.parser.Parser;

/// A file of the repository that becomes a page.
///
/// @param path its path from the repository's root
/// @param title what it is called
/// @param tree its contents
/// @param anchors the name of each heading's place
/// @param targets the files that its links and pictures lead to
record Document(
    String path, String title, Node tree, Map<Heading, String> anchors, Map<Node, String> targets) {
  static final List<Extension> EXTENSIONS = List.of(TablesExtension.create());

  private static final Parser PARSER = Parser.builder().extensions(EXTENSIONS).build();

  /// A part of a page that a search can find.
  ///
  /// @param address of the page and its place, from the site's root
  /// @param document its title
  /// @param heading what is above
  /// @param words what it says
  record Section(String address, String document, String heading, String words) {}

  /// {@return a document in Markdown}
  ///
  /// @param resolve from a file and a link in it, without what is behind a #, to the file that it
  ///   leads to
  static Document ofMarkdown(String path, String markdown, BinaryOperator<String> resolve) {
    Node tree = PARSER.parse(markdown);
    var anchors = new IdentityHashMap<Heading, String>();
    var targets = new IdentityHashMap<Node, String>();
    IdGenerator generator = IdGenerator.builder().build();
    tree.accept(
        new AbstractVisitor() {
          @Override
          public void visit(Heading heading) {
            anchors.put(heading, generator.generateId(text(heading)));
            visitChildren(heading);
          }

          @Override
          public void visit(Link link) {
            follow(link, link.getDestination());
            visitChildren(link);
          }

          @Override
          public void visit(Image image) {
            follow(image, image.getDestination());
          }

          private void follow(Node node, String link) {
            if (!Links.isOutside(link)) {
              String file = link.replaceFirst("#.*", "");
              targets.put(node, file.isEmpty() ? path : resolve.apply(path, file));
            }
          }
        });
    String title =
        anchors.keySet().stream()
            .filter(heading -> heading.getLevel() == 1)
            .findFirst()
            .map(Document::text)
            .orElse(path);
    return new Document(path, title, tree, anchors, targets);
  }

  /// {@return a file of code}
  static Document ofSource(String path, String source) {
    var code = new FencedCodeBlock();
    code.setLiteral(source);
    code.setInfo(path.substring(path.lastIndexOf('.') + 1));
    return bare(path, code);
  }

  /// {@return what lies in a folder}
  static Document ofFolder(String path, List<String> files) {
    var code = new FencedCodeBlock();
    code.setLiteral(String.join("\n", files) + "\n");
    return bare(path, code);
  }

  private static Document bare(String path, Node code) {
    Node tree = new org.commonmark.node.Document();
    var heading = new Heading();
    heading.setLevel(1);
    heading.appendChild(new Text(path.substring(path.lastIndexOf('/') + 1)));
    tree.appendChild(heading);
    tree.appendChild(code);
    return new Document(path, path, tree, Map.of(heading, "top"), Map.of());
  }

  /// {@return the files that its links and pictures lead to}
  Set<String> links() {
    return new LinkedHashSet<>(targets.values());
  }

  /// {@return the file that a link leads to; its own address if that is outside of the repository}
  String fileOf(Link link) {
    return targets.getOrDefault(link, link.getDestination());
  }

  /// {@return its parts, each from a heading to the next}
  List<Section> sections() {
    var sections = new ArrayList<Section>();
    Heading heading = null;
    var words = new StringBuilder();
    for (Node node = tree.getFirstChild(); node != null; node = node.getNext()) {
      if (node instanceof Heading next) {
        add(sections, heading, words);
        heading = next;
        words.setLength(0);
      } else {
        words.append(text(node)).append(' ');
      }
    }
    add(sections, heading, words);
    return sections;
  }

  private void add(List<Section> sections, Heading heading, StringBuilder words) {
    if (heading != null) {
      String address = Links.page(path) + "#" + anchors.get(heading);
      sections.add(new Section(address, title, text(heading), words.toString().strip()));
    }
  }

  /// {@return the words below a node}
  static String text(Node node) {
    var words = new StringBuilder();
    node.accept(
        new AbstractVisitor() {
          @Override
          public void visit(Text text) {
            words.append(text.getLiteral());
          }

          @Override
          public void visit(Code code) {
            words.append(code.getLiteral());
          }

          @Override
          public void visit(FencedCodeBlock code) {
            words.append(code.getLiteral());
          }

          @Override
          public void visit(SoftLineBreak lineBreak) {
            words.append(' ');
          }

          @Override
          public void visit(HardLineBreak lineBreak) {
            words.append(' ');
          }

          @Override
          protected void visitChildren(Node parent) {
            super.visitChildren(parent);
            if (parent instanceof org.commonmark.node.Block
                || parent instanceof org.commonmark.ext.gfm.tables.TableCell) {
              words.append(' ');
            }
          }
        });
    return words.toString().replaceAll("\\s+", " ").strip();
  }
}
