package io.antiphon.site;

import java.nio.file.Path;

/// Where files of the repository are in the site.
final class Links {
  private Links() {}

  /// {@return whether a file is copied as it is: a picture}
  static boolean isCopied(String path) {
    return path.endsWith(".svg") || path.endsWith(".png");
  }

  /// {@return whether a link leads out of the repository}
  static boolean isOutside(String link) {
    return link.matches("[a-z]+:.*");
  }

  /// {@return where a file's page is, from the site's root}
  static String page(String path) {
    if (isCopied(path)) {
      return path;
    }
    return path.endsWith(".md") ? path.substring(0, path.length() - 3) + ".html" : path + ".html";
  }

  /// {@return what leads from a file's page to the site's root: nothing, or it ends with `/`}
  static String toRoot(String from) {
    Path folder = Path.of("/" + page(from)).getParent();
    String root = folder.relativize(Path.of("/")).toString();
    return root.isEmpty() ? "" : root + "/";
  }

  /// {@return the link from one file's page to another's}
  static String between(String from, String to) {
    Path folder = Path.of("/" + page(from)).getParent();
    return folder.relativize(Path.of("/" + page(to))).toString();
  }
}
