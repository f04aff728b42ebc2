package io.antiphon.vision;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import io.antiphon.core.options.Spelling;
import io.antiphon.data.DataException;
import io.antiphon.data.Split;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.TreeSet;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Which images there are, what they show, and which are for validation.
///
/// @param dir the folder that they are in
/// @param files the images
/// @param labels the class of each; none if nobody knows them
/// @param valid the indices of those for validation, if that is given
record Listing(Path dir, List<Path> files, List<String> labels, List<Integer> valid) {
  private static final String FORMATS = "PNG, JPEG, BMP, GIF";
  private static final List<String> ENDS = List.of(".png", ".jpg", ".jpeg", ".bmp", ".gif");
  private static final List<String> VALIDATION = List.of("valid", "val", "validation", "test");

  /// {@return the images of a folder with a folder for each class, or with `train` and `valid` and
  /// in these a folder for each class}
  static Listing folders(Path dir) {
    List<Path> folders = children(dir, Files::isDirectory);
    var train = dir.resolve("train");
    List<Path> second =
        VALIDATION.stream().map(dir::resolve).filter(folders::contains).limit(1).toList();
    if (folders.contains(train) && !second.isEmpty()) {
      Listing one = classes(train);
      Listing other = classes(second.getFirst());
      for (String label : new TreeSet<>(other.labels)) {
        if (!one.labels.contains(label)) {
          throw new DataException(
              "'%s' has the class '%s', which '%s' has not; a model cannot know it"
                  .formatted(second.getFirst(), label, train));
        }
      }
      var files = new ArrayList<>(one.files);
      files.addAll(other.files);
      var labels = new ArrayList<>(one.labels);
      labels.addAll(other.labels);
      return new Listing(
          dir, files, labels, IntStream.range(one.files.size(), files.size()).boxed().toList());
    }
    return classes(dir);
  }

  private static Listing classes(Path dir) {
    List<Path> folders = children(dir, Files::isDirectory);
    if (folders.isEmpty()) {
      throw new DataException(
          children(dir, Listing::isImage).isEmpty()
              ? "folder '%s' has no folder with images (%s); put the images of each class into one"
                  .formatted(dir, FORMATS)
              : "folder '%s' has images, but not in a folder for each class; make one for each, or give a table of names and labels by data.labels"
                  .formatted(dir));
    }
    var files = new ArrayList<Path>();
    var labels = new ArrayList<String>();
    for (Path folder : folders) {
      List<Path> images = images(folder);
      if (images.isEmpty()) {
        throw new DataException(
            "folder '%s' has no image (%s); fill it or remove it".formatted(folder, FORMATS));
      }
      for (Path image : images) {
        files.add(image);
        labels.add(folder.getFileName().toString());
      }
    }
    return new Listing(dir, files, labels, List.of());
  }

  /// {@return all images of a folder, whatever their folders; those in `train` and `valid`, if
  /// there are such, are for that}
  static Listing all(Path dir) {
    List<Path> folders = children(dir, Files::isDirectory);
    List<Path> second =
        VALIDATION.stream().map(dir::resolve).filter(folders::contains).limit(1).toList();
    boolean given = folders.contains(dir.resolve("train")) && !second.isEmpty();
    List<Path> files = new ArrayList<>(images(given ? dir.resolve("train") : dir));
    if (files.isEmpty()) {
      throw new DataException("folder '%s' has no image (%s)".formatted(dir, FORMATS));
    }
    int first = files.size();
    if (given) {
      files.addAll(images(second.getFirst()));
    }
    return new Listing(
        dir,
        files,
        Collections.nCopies(files.size(), ""),
        IntStream.range(first, files.size()).boxed().toList());
  }

  /// {@return the mask of each image: the file of its name, from the folder on, with any of the
  /// formats' endings but those that lose values}
  List<Path> masks(Path folder) {
    var masks = new ArrayList<Path>();
    for (Path file : files) {
      String name = dir.relativize(file).toString();
      String stem = name.substring(0, name.lastIndexOf('.'));
      Path mask =
          List.of(".png", ".gif", ".bmp").stream()
              .map(end -> folder.resolve(stem + end))
              .filter(Files::isRegularFile)
              .findFirst()
              .orElseThrow(() ->
                  new DataException(
                      "'%s' has no mask: there is no '%s.png', .gif or .bmp"
                          .formatted(file, folder.resolve(stem))));
      masks.add(mask);
    }
    return masks;
  }

  /// {@return the images that a table names: its first column has their files, from the folder on,
  /// its second column the labels; with a head line}
  static Listing table(Path dir, Path table) {
    return table(dir, table, false);
  }

  /// @param open whether labels may lack; then there are none at all
  private static Listing table(Path dir, Path table, boolean open) {
    boolean lacks = false;
    var files = new ArrayList<Path>();
    var labels = new ArrayList<String>();
    try (CsvReader<NamedCsvRecord> csv =
        CsvReader.builder()
            .allowMissingFields(true)
            .allowExtraFields(true)
            .ofNamedCsvRecord(table)) {
      for (NamedCsvRecord row : csv) {
        String place = "%s:%d".formatted(table, row.getStartingLineNumber());
        if (row.getFieldCount() < 2 && !open) {
          throw new DataException(
              "%s: the row has one field; the first names an image, the second its label"
                  .formatted(place));
        }
        int columns = row.getHeader().size();
        if (row.getFieldCount() > columns) {
          throw new DataException(
              "%s: the row has %d fields, the first line %d; quote fields that hold a comma"
                  .formatted(place, row.getFieldCount(), columns));
        }
        Path file = dir.resolve(row.getField(0).strip());
        if (!Files.isRegularFile(file)) {
          throw new DataException("%s: there is no image '%s'".formatted(place, file));
        }
        String label = row.getFieldCount() < 2 ? "" : row.getField(1).strip();
        lacks |= label.isEmpty();
        if (label.isEmpty() && !open) {
          throw new DataException("%s: '%s' has no label".formatted(place, row.getField(0)));
        }
        files.add(file);
        labels.add(label);
      }
    } catch (NoSuchFileException e) {
      throw new DataException("there is no file '%s' for data.labels".formatted(table), e);
    } catch (IOException | UncheckedIOException | CsvParseException e) {
      throw new DataException("'%s' cannot be read (%s)".formatted(table, e.getMessage()), e);
    }
    if (files.isEmpty()) {
      throw new DataException("'%s' names no image".formatted(table));
    }
    return new Listing(dir, files, lacks ? List.of() : labels, List.of());
  }

  /// {@return the images of a source other than that for training: one image, all images of a
  /// folder, or those that a table names}
  ///
  /// The folders of a folder tell the classes, if each of them is one. A table tells them if it has
  /// a second column that is filled in every row.
  ///
  /// @param classes the classes that there are; none if labels are not asked for
  static Listing source(Path source, Path dir, List<String> classes) {
    if (!Files.exists(source)) {
      throw new DataException("there is no file or folder '%s'".formatted(source));
    }
    if (Files.isDirectory(source)) {
      return folder(source, classes);
    }
    Path parent = Objects.requireNonNullElse(source.getParent(), Path.of(""));
    if (source.toString().toLowerCase(Locale.ROOT).endsWith(".csv")) {
      return table(dir.toString().isEmpty() ? parent : dir, source, true).known(classes, source);
    }
    return new Listing(parent, List.of(source), List.of(), List.of());
  }

  private static Listing folder(Path dir, List<String> classes) {
    List<Path> files = images(dir);
    if (files.isEmpty()) {
      throw new DataException("folder '%s' has no image (%s)".formatted(dir, FORMATS));
    }
    List<String> labels =
        files.stream()
            .map(dir::relativize)
            .map(file -> file.getNameCount() == 1 ? "" : file.getName(0).toString())
            .toList();
    boolean some = labels.stream().anyMatch(classes::contains);
    var all = new Listing(dir, files, some ? labels : List.of(), List.of());
    return all.known(classes, dir);
  }

  private Listing known(List<String> classes, Path source) {
    if (classes.isEmpty()) {
      return new Listing(dir, files, List.of(), valid);
    }
    check(classes, source);
    return this;
  }

  /// Checks that every label is among the classes.
  void check(List<String> classes, Path source) {
    for (int i = 0; i < labels.size(); i++) {
      if (!classes.contains(labels.get(i))) {
        throw new DataException(
            labels.get(i).isEmpty()
                ? "'%s' is in no folder of a class, though '%s' has such"
                    .formatted(files.get(i), dir)
                : "'%s' has the class '%s'%s"
                    .formatted(
                        source, labels.get(i), Spelling.hint(labels.get(i), classes, "there are")));
      }
    }
  }

  private static boolean isImage(Path file) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    return ENDS.stream().anyMatch(name::endsWith) && Files.isRegularFile(file);
  }

  private static boolean isHidden(Path file) {
    return file.getFileName().toString().startsWith(".");
  }

  private static List<Path> children(Path dir, Predicate<Path> which) {
    try (Stream<Path> all = Files.list(dir)) {
      return all.filter(file -> !isHidden(file)).filter(which).sorted(order(dir)).toList();
    } catch (NoSuchFileException e) {
      throw new DataException(
          "there is no folder '%s' for data.dir; name another with --set data.dir=FOLDER"
              .formatted(dir),
          e);
    } catch (IOException e) {
      throw new DataException("folder '%s' cannot be read (%s)".formatted(dir, e), e);
    }
  }

  private static List<Path> images(Path dir) {
    try (Stream<Path> all = Files.walk(dir, FileVisitOption.FOLLOW_LINKS)) {
      return all.filter(file -> !isHidden(file) && isImage(file)).sorted(order(dir)).toList();
    } catch (IOException | UncheckedIOException e) {
      throw new DataException("folder '%s' cannot be read (%s)".formatted(dir, e), e);
    }
  }

  /// The order of the names as text: the same on every machine.
  private static Comparator<Path> order(Path dir) {
    return Comparator.comparing(file -> dir.relativize(file).toString().replace('\\', '/'));
  }

  /// {@return the classes, in the order of their names}
  List<String> classes() {
    return List.copyOf(new TreeSet<>(labels));
  }

  /// {@return this without some images}
  Listing without(IntPredicate left) {
    int[] kept = IntStream.range(0, files.size()).filter(i -> !left.test(i)).toArray();
    var given = new HashSet<>(valid);
    return new Listing(
        dir,
        IntStream.of(kept).mapToObj(files::get).toList(),
        labels.isEmpty() ? labels : IntStream.of(kept).mapToObj(labels::get).toList(),
        IntStream.range(0, kept.length).filter(i -> given.contains(kept[i])).boxed().toList());
  }

  /// {@return which are for validation: those that are given, or a share of each class, drawn from
  /// the seed}
  Split split(double share, long seed) {
    if (valid.isEmpty()) {
      var index = new HashMap<String, Integer>();
      labels.forEach(label -> index.putIfAbsent(label, index.size()));
      return Split.stratified(seed, labels.stream().mapToInt(index::get).toArray(), share);
    }
    var given = new boolean[files.size()];
    valid.forEach(i -> given[i] = true);
    return Split.of(given);
  }
}
