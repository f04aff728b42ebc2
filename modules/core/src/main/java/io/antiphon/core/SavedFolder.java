package io.antiphon.core;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Locale;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// A folder that is whole or not there: written under a name with a dot, synced, renamed. Its
/// manifest, a JSON file of a fixed name, tells format and version, and the size and the CRC-32C of
/// every other file.
///
/// Reading believes nothing: files are those that the reader asks for by fixed names, never ones
/// that the manifest names, and their sizes are checked before they are read.
final class SavedFolder {
  private static final long LONGEST_MANIFEST = 1 << 20;
  private static final long LONGEST_TEXT = 1L << 29;
  private static final String WRITING = ".writing-";
  private static final String GOING = ".going-";
  private static final String FORMER = ".former-"; // whole, until the new one is in its place
  private static final Gson GSON =
      new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().serializeNulls().create();

  private final Path path;
  private final JsonObject manifest;
  private final String manifestName;

  private SavedFolder(Path path, String manifestName, JsonObject manifest) {
    this.path = path;
    this.manifestName = manifestName;
    this.manifest = manifest;
  }

  /// Writes one file of a folder and hands its bytes on.
  @FunctionalInterface
  interface Content {
    void write(Path file, CRC32C sum) throws IOException;
  }

  /// A file to be written.
  record Part(String name, Content content) {
    static Part json(String name, JsonElement json) {
      return text(name, GSON.toJson(json) + "\n");
    }

    static Part text(String name, String text) {
      return new Part(
          name,
          (file, sum) -> {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            sum.update(bytes);
            writeSynced(file, bytes);
          });
    }
  }

  private static void writeSynced(Path file, byte[] bytes) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      channel.force(true);
    }
  }

  /// Writes a folder. What is there under its name goes once the new one is whole; if something
  /// fails, nothing has changed.
  ///
  /// @param manifest what the manifest says beside format, version and files
  /// @throws IOException if it cannot be written
  static void write(Path folder, String manifestName, JsonObject manifest, List<Part> parts)
      throws IOException {
    Path absolute = folder.toAbsolutePath();
    Path parent = absolute.getParent();
    if (parent == null) {
      throw new java.nio.file.FileSystemException(folder.toString(), null, "is no place to write");
    }
    Files.createDirectories(parent);
    Path writing = beside(folder, WRITING);
    delete(writing);
    try {
      Files.createDirectory(writing);
      var files = new JsonObject();
      for (Part part : parts) {
        var sum = new CRC32C();
        Path file = writing.resolve(part.name());
        part.content().write(file, sum);
        var told = new JsonObject();
        told.addProperty("bytes", Files.size(file));
        told.addProperty("crc32c", hex(sum));
        files.add(part.name(), told);
      }
      manifest.add("files", files);
      String text = GSON.toJson(manifest) + "\n";
      writeSynced(writing.resolve(manifestName), text.getBytes(StandardCharsets.UTF_8));
      sync(writing);
      replace(writing, absolute);
      sync(parent);
    } catch (IOException | RuntimeException | Error e) {
      deleteQuietly(writing);
      throw e;
    }
  }

  private static void replace(Path writing, Path folder) throws IOException {
    Path former = beside(folder, FORMER);
    if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
      Files.move(writing, folder, StandardCopyOption.ATOMIC_MOVE);
      deleteQuietly(former); // of a process that ended here
      return;
    }
    deleteQuietly(former);
    Files.move(folder, former, StandardCopyOption.ATOMIC_MOVE);
    try {
      Files.move(writing, folder, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException | RuntimeException e) {
      try {
        Files.move(former, folder, StandardCopyOption.ATOMIC_MOVE);
      } catch (IOException | RuntimeException again) {
        e.addSuppressed(again);
      }
      throw e;
    }
    deleteQuietly(former);
  }

  private static Path beside(Path folder, String prefix) {
    Path absolute = folder.toAbsolutePath();
    return absolute.resolveSibling(prefix + absolute.getFileName());
  }

  /// Waits until the disk has a folder's names, where the system lets a folder be opened.
  private static void sync(Path folder) throws IOException {
    if (System.getProperty("os.name", "").startsWith("Windows")) {
      return;
    }
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /// Removes a folder, so that no half of it is ever seen under its name.
  static void remove(Path folder) throws IOException {
    Path going = beside(folder, GOING);
    delete(going);
    try {
      Files.move(folder, going, StandardCopyOption.ATOMIC_MOVE);
    } catch (NoSuchFileException e) {
      return;
    }
    delete(going);
  }

  /// Removes what a process left that ended while it wrote or removed, and puts back what it had
  /// only just taken out of the place of a new one.
  static void sweep(Path parent) {
    if (!Files.isDirectory(parent)) {
      return;
    }
    try (var inside = Files.newDirectoryStream(parent, ".*")) {
      for (Path each : inside) {
        String name = String.valueOf(each.getFileName());
        if (name.startsWith(FORMER)) {
          Path folder = parent.resolve(name.substring(FORMER.length()));
          if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            Files.move(each, folder, StandardCopyOption.ATOMIC_MOVE);
          }
          deleteQuietly(each);
        } else if (name.startsWith(WRITING) || name.startsWith(GOING)) {
          deleteQuietly(each);
        }
      }
    } catch (IOException e) {
      // the next one tries again
    }
  }

  private static void deleteQuietly(Path folder) {
    try {
      delete(folder);
    } catch (IOException e) {
      // the next one tries again
    }
  }

  private static void delete(Path folder) throws IOException {
    if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            Files.delete(visited);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private static String hex(CRC32C sum) {
    return String.format(Locale.ROOT, "%08x", sum.getValue());
  }

  /// Opens a folder and checks its manifest; not its files yet.
  ///
  /// @param what what it should be, for sentences: `checkpoint`
  /// @throws CheckpointException if it is none, or of a newer program
  static SavedFolder open(
      Path asked, String manifestName, String what, String format, int version) {
    // a process may have ended between taking the former one out of its place and filling it
    Path folder = Files.isDirectory(asked) ? asked : beside(asked, FORMER);
    if (!Files.isDirectory(folder)) {
      throw new CheckpointException(asked, "there is no such folder");
    }
    Path file = folder.resolve(manifestName);
    if (!Files.isRegularFile(file)) {
      throw new CheckpointException(
          folder, "this is no %s; it has no %s".formatted(what, manifestName));
    }
    refuseLink(folder, file);
    var opened = new SavedFolder(folder, manifestName, parse(folder, file, LONGEST_MANIFEST));
    if (!opened.text("format").equals(format)) {
      throw new CheckpointException(
          folder,
          "this is no %s; its %s tells of '%s'"
              .formatted(what, manifestName, opened.text("format")));
    }
    long said = opened.number("version");
    if (said > version) {
      throw new CheckpointException(
          folder,
          "a newer program wrote this %s (version %d of its format, this program reads up to %d)"
              .formatted(what, said, version));
    }
    return opened;
  }

  /// A folder that somebody else made tells of nothing outside it.
  private static void refuseLink(Path folder, Path file) {
    try {
      if (!file.toRealPath().startsWith(folder.toRealPath())) {
        throw new CheckpointException(
            folder, file.getFileName() + " is a link that leads out of the folder");
      }
    } catch (IOException e) {
      throw new CheckpointException(
          folder, file.getFileName() + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static JsonObject parse(Path folder, Path file, long longest) {
    String name = String.valueOf(file.getFileName());
    String text = read(folder, file, longest);
    try {
      var reader = new JsonReader(new StringReader(text));
      reader.setStrictness(Strictness.STRICT);
      JsonElement json = JsonParser.parseReader(reader);
      if (json.isJsonObject()) {
        return json.getAsJsonObject();
      }
      throw new CheckpointException(folder, name + " is damaged: it holds no JSON object");
    } catch (JsonParseException | IllegalStateException e) {
      throw new CheckpointException(folder, name + " is damaged: it is not JSON", e);
    }
  }

  private static String read(Path folder, Path file, long longest) {
    String name = String.valueOf(file.getFileName());
    try {
      long size = Files.size(file);
      if (size > longest) {
        throw new CheckpointException(folder, "%s is too long to be one".formatted(name));
      }
      byte[] bytes = Files.readAllBytes(file);
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new CheckpointException(folder, name + " is damaged: it is not UTF-8", e);
    } catch (IOException e) {
      throw new CheckpointException(folder, name + " cannot be read: " + e.getMessage(), e);
    }
  }

  Path path() {
    return path;
  }

  String text(String key) {
    return primitive(manifest, key).getAsString();
  }

  long number(String key) {
    return number(manifest, key);
  }

  boolean truth(String key) {
    return primitive(manifest, key).getAsBoolean();
  }

  private long number(JsonObject in, String key) {
    try {
      return Long.parseLong(primitive(in, key).getAsString());
    } catch (NumberFormatException e) {
      throw damaged(key);
    }
  }

  private JsonPrimitive primitive(JsonObject in, String key) {
    if (in.get(key) instanceof JsonPrimitive primitive) {
      return primitive;
    }
    throw damaged(key);
  }

  private CheckpointException damaged(String key) {
    return new CheckpointException(
        path, "%s is damaged: its '%s' is missing or wrong".formatted(manifestName, key));
  }

  /// {@return a file of the folder, whole}
  ///
  /// @throws CheckpointException if it is missing, cut off or damaged
  Path file(String name) {
    Path file = path.resolve(name);
    if (!(manifest.get("files") instanceof JsonObject files)
        || !(files.get(name) instanceof JsonObject told)) {
      throw damaged("files");
    }
    long bytes = number(told, "bytes");
    String sum = primitive(told, "crc32c").getAsString();
    if (!Files.isRegularFile(file)) {
      throw new CheckpointException(path, name + " is missing");
    }
    refuseLink(path, file);
    try {
      long size = Files.size(file);
      if (size != bytes) {
        throw new CheckpointException(
            path,
            "%s %s: it has %d bytes of %d"
                .formatted(name, size < bytes ? "is cut off" : "is damaged", size, bytes));
      }
      if (!sum.equals(sum(file))) {
        throw new CheckpointException(path, name + " is damaged: its checksum is another");
      }
    } catch (IOException e) {
      throw new CheckpointException(path, name + " cannot be read: " + e.getMessage(), e);
    }
    return file;
  }

  private static String sum(Path file) throws IOException {
    var sum = new CRC32C();
    ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 20);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      while (channel.read(buffer) >= 0) {
        sum.update(buffer.flip());
        buffer.clear();
      }
    }
    return hex(sum);
  }

  /// {@return a text of the folder}
  ///
  /// @throws CheckpointException if it is missing, cut off or damaged
  String text(String name, long longest) {
    return read(path, file(name), longest);
  }

  /// {@return a JSON file of the folder}
  ///
  /// @throws CheckpointException if it is missing, cut off or damaged
  JsonObject json(String name) {
    return parse(path, file(name), LONGEST_TEXT);
  }
}
