package io.antiphon.site;

import java.util.Map;
import org.commonmark.node.Heading;
import org.commonmark.node.Image;
import org.commonmark.node.Link;
import org.commonmark.node.Node;
import org.commonmark.renderer.html.AttributeProvider;
import org.commonmark.renderer.html.HtmlRenderer;

/// Lays a document out: navigation, search, the switch of colours, the text.
///
/// @param contents the navigation
/// @param hasApi whether it ends with the Javadoc
record Layout(Contents contents, boolean hasApi) {
  @SuppressWarnings("InlineFormatString") // a page is read as a whole
  private static final String PAGE =
      """
      <!DOCTYPE html>
      <html lang="en" data-root="%1$s">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>%2$s</title>
      <link rel="stylesheet" href="%1$ssite.css">
      <script src="%1$ssearch.js" defer></script>
      <script src="%1$ssite.js" defer></script>
      </head>
      <body>
      <a class="skip" href="#text">To the text</a>
      <header>
      <a class="name" href="%3$s">Antiphon</a>
      <input id="search" type="search" placeholder="Search" aria-label="Search the documents" autocomplete="off">
      <button id="colours" type="button" aria-label="Light or dark"></button>
      </header>
      <div id="found" role="region" aria-label="Found" hidden></div>
      <nav aria-label="Pages">
      <details open><summary>Pages</summary>
      %4$s</details>
      </nav>
      <main id="text">
      %5$s</main>
      </body>
      </html>
      """;

  /// {@return a document's page}
  String page(Document document) {
    String root = Links.toRoot(document.path());
    return PAGE.formatted(
        root,
        Site.escaped(document.title() + (document.title().equals("Antiphon") ? "" : " – Antiphon")),
        Links.between(document.path(), "README.md"),
        navigation(document.path()),
        renderer(document).render(document.tree()));
  }

  /// {@return what leads to the first page}
  String start() {
    return """
    <!DOCTYPE html>
    <meta charset="utf-8">
    <title>Antiphon</title>
    <meta http-equiv="refresh" content="0; url=%1$s">
    <a href="%1$s">Antiphon</a>
    """
        .formatted(Links.page("README.md"));
  }

  private String navigation(String current) {
    var list = new StringBuilder();
    for (Contents.Group group : contents.groups()) {
      list.append("<h2>").append(Site.escaped(group.title())).append("</h2>\n<ul>\n");
      for (Contents.Entry entry : group.entries()) {
        list.append("<li><a href=\"")
            .append(Links.between(current, entry.path()))
            .append(entry.path().equals(current) ? "\" aria-current=\"page" : "")
            .append("\">")
            .append(Site.escaped(entry.title()))
            .append("</a></li>\n");
      }
      list.append("</ul>\n");
    }
    if (hasApi) {
      list.append("<h2>Reference</h2>\n<ul>\n<li><a href=\"")
          .append(Links.toRoot(current))
          .append(Api.START)
          .append("\">Javadoc</a></li>\n</ul>\n");
    }
    return list.toString();
  }

  private static HtmlRenderer renderer(Document document) {
    return HtmlRenderer.builder()
        .extensions(Document.EXTENSIONS)
        .escapeHtml(true)
        .attributeProviderFactory(_ -> attributes(document))
        .build();
  }

  private static AttributeProvider attributes(Document document) {
    return (Node node, String tag, Map<String, String> attributes) -> {
      String target = document.targets().get(node);
      switch (node) {
        case Heading heading -> attributes.put("id", document.anchors().get(heading));
        case Link link when target != null -> {
          String place = link.getDestination().replaceFirst("^[^#]*", "");
          attributes.put(
              "href",
              target.equals(document.path()) && !place.isEmpty()
                  ? place
                  : Links.between(document.path(), target) + place);
        }
        case Image _ when target != null ->
            attributes.put("src", Links.between(document.path(), target));
        default -> {}
      }
      if (tag.equals("pre")) {
        attributes.put("tabindex", "0"); // so that it scrolls by the keyboard
      }
    };
  }
}
