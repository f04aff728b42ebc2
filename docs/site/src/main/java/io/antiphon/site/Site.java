package io.antiphon.site;

import com.google.gson.Gson;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// The documents of the repository as pages: the contents ([#CONTENTS]), and all that can be
/// reached from there or lies beside it, source files and pictures too. Every file is where it is
/// in the repository, so that links stay what they are but for their ending.
final class Site {
  /// The page that lists the others; its headings and links are the navigation.
  static final String CONTENTS = "docs/README.md";

  private static final int SEARCHED = 6000; // characters of a section

  private final Path root;

  /// @param root of the repository
  Site(Path root) {
    this.root = root;
  }

  /// Writes all pages, beside the Javadoc if that is there.
  ///
  /// @return how many there are
  /// @throws IOException if a file cannot be read or written
  /// @throws IllegalStateException if a link leads nowhere; the message names it
  int write(Path folder) throws IOException {
    var documents = new ArrayList<Document>();
    for (String path : documents()) {
      documents.add(document(path));
    }
    boolean hasApi = Files.exists(folder.resolve(Api.START));
    var layout = new Layout(Contents.of(document(CONTENTS)).with(documents), hasApi);
    var index = new ArrayList<Document.Section>();
    Set<String> seen = new LinkedHashSet<>(documents());
    Deque<String> open = new ArrayDeque<>(seen);
    while (!open.isEmpty()) {
      String path = open.remove();
      if (Links.isCopied(path)) {
        copy(root.resolve(path), folder.resolve(path));
        continue;
      }
      Document document = document(path);
      document.links().stream().filter(seen::add).forEach(open::add);
      Path page = folder.resolve(Links.page(path));
      Files.createDirectories(page.getParent());
      Files.writeString(page, layout.page(document));
      if (path.endsWith(".md")) {
        index.addAll(document.sections());
      }
    }
    for (String resource : List.of("site.css", "site.js")) {
      try (InputStream in = Site.class.getResourceAsStream(resource)) {
        Files.write(folder.resolve(resource), in.readAllBytes());
      }
    }
    // a script, for a page that lies in a folder may not fetch
    Files.writeString(folder.resolve("search.js"), "const SECTIONS = " + json(index) + ";\n");
    Files.writeString(folder.resolve("index.html"), layout.start());
    return seen.size();
  }

  private List<String> documents() throws IOException {
    try (Stream<Path> files = Files.list(root.resolve("docs"))) {
      return files
          .map(file -> "docs/" + file.getFileName())
          .filter(path -> path.endsWith(".md"))
          .sorted()
          .toList();
    }
  }

  private static String json(List<Document.Section> sections) {
    return new Gson()
        .toJson(
            sections.stream()
                .map(each ->
                    List.of(
                        each.address(),
                        each.document(),
                        each.heading(),
                        each.words().substring(0, Math.min(SEARCHED, each.words().length()))))
                .toList());
  }

  private Document document(String path) throws IOException {
    Path file = root.resolve(path);
    if (Files.isDirectory(file)) {
      try (Stream<Path> files = Files.list(file)) {
        return Document.ofFolder(
            path,
            files
                .map(each -> each.getFileName() + (Files.isDirectory(each) ? "/" : ""))
                .filter(name -> !name.startsWith(".") && !name.equals("target/"))
                .sorted()
                .toList());
      }
    }
    String text = Files.readString(file);
    return path.endsWith(".md")
        ? Document.ofMarkdown(path, text, this::target)
        : Document.ofSource(path, text);
  }

  /// {@return the file of the repository that a link leads to; a folder's page of its own, if it
  /// has one}
  private String target(String from, String link) {
    Path target = Path.of(from).resolveSibling(link).normalize();
    Path readme = target.resolve("README.md");
    if (Files.exists(root.resolve(readme))) {
      return readme.toString();
    }
    if (target.startsWith("..") || !Files.exists(root.resolve(target))) {
      throw new IllegalStateException("%s links to '%s', which is not there".formatted(from, link));
    }
    return target.toString();
  }

  private static void copy(Path from, Path to) {
    try {
      Files.createDirectories(to.getParent());
      Files.write(to, Files.readAllBytes(from));
    } catch (NoSuchFileException e) {
      throw new IllegalStateException("there is no picture " + from, e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// {@return text as HTML}
  static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
