package io.antiphon.site;

import java.util.ArrayList;
import java.util.List;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.Heading;
import org.commonmark.node.Link;
import org.commonmark.node.Node;

/// The navigation: the second-level headings of the contents, and the links below each.
///
/// @param groups in order
record Contents(List<Group> groups) {
  /// Some pages under a heading.
  record Group(String title, List<Entry> entries) {}

  /// A page, by its file in the repository.
  record Entry(String title, String path) {}

  static Contents of(Document contents) {
    var groups = new ArrayList<Group>();
    contents
        .tree()
        .accept(
            new AbstractVisitor() {
              @Override
              public void visit(Heading heading) {
                if (heading.getLevel() == 2) {
                  groups.add(new Group(Document.text(heading), new ArrayList<>()));
                }
              }

              @Override
              public void visit(Link link) {
                String path = contents.fileOf(link);
                if (!groups.isEmpty() && isFirst(link) && path.endsWith(".md")) {
                  groups.getLast().entries().add(new Entry(Document.text(link), path));
                }
              }
            });
    return new Contents(groups);
  }

  /// {@return the same with a last group of the documents that it does not name}
  Contents with(List<Document> documents) {
    List<Entry> more =
        documents.stream()
            .filter(each -> !each.path().equals(Site.CONTENTS) && !has(each.path()))
            .map(each -> new Entry(each.title(), each.path()))
            .toList();
    var all = new ArrayList<>(groups);
    if (!more.isEmpty()) {
      all.add(new Group("More", more));
    }
    return new Contents(all);
  }

  private boolean has(String path) {
    return groups.stream()
        .flatMap(group -> group.entries().stream())
        .anyMatch(entry -> entry.path().equals(path));
  }

  /// {@return whether a link begins its line: others are mentions}
  private static boolean isFirst(Node link) {
    return link.getPrevious() == null;
  }
}
