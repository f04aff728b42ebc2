package io.antiphon.vision;

import io.antiphon.core.Check;
import io.antiphon.data.DataException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;

/// For every image an image of the same size that tells the class of each pixel.
///
/// @param files the masks, in the order of their images
/// @param values the values that masks have, in order: the place of a value is the class
record Masks(List<Path> files, List<Integer> values) {
  /// What a byte says where an image is padded.
  static final byte BESIDE = (byte) 255;

  /// The class of what counts for no loss.
  static final long LEFT_OUT = -100;

  /// {@return the masks in some files, all of which are read to know their values}
  static Masks of(List<Path> files) {
    var seen = new AtomicIntegerArray(256);
    files.parallelStream()
        .forEach(file -> {
          try {
            for (byte each : Pixels.mask(file).values()) {
              seen.set(each & 0xff, 1);
            }
          } catch (IOException e) {
            throw new DataException("'%s' cannot be read: %s".formatted(file, Damage.reason(e)), e);
          }
        });
    var values = new ArrayList<Integer>();
    for (int i = 0; i < 256; i++) {
      if (seen.get(i) == 1) {
        values.add(i);
      }
    }
    if (values.size() < 2 || values.size() > 255) {
      throw new DataException(
          "the masks have %d value%s; they need one for each class, two at least and 255 at most"
              .formatted(values.size(), values.size() == 1 ? "" : "s"));
    }
    return new Masks(files, List.copyOf(values));
  }

  /// {@return the masks in some files, whose values are those that other masks had}
  ///
  /// @param classes the names of the classes, as [#classes] gave them
  static Masks of(List<Path> files, List<String> classes) {
    try {
      List<Integer> values = classes.stream().map(Integer::valueOf).toList();
      if (values.size() <= 255
          && values.stream().distinct().count() == values.size()
          && values.stream().allMatch(value -> value >= 0 && value <= 255)) {
        return new Masks(files, values);
      }
    } catch (NumberFormatException e) {
      // as what is none of them
    }
    throw Check.refused(
        "classes", classes, "the values that masks have, 0 to 255 at most, as in ['0', '255']");
  }

  /// {@return the names of the classes}
  List<String> classes() {
    return values.stream().map(String::valueOf).toList();
  }

  /// {@return the mask of an image, its values the classes}
  Pixels read(int index, Pixels image) throws IOException {
    Pixels mask = Pixels.mask(files.get(index));
    if (mask.height() != image.height() || mask.width() != image.width()) {
      throw new DataException(
          "mask '%s' has %d × %d pixels, its image %d × %d; they must be of one size"
              .formatted(
                  files.get(index), mask.height(), mask.width(), image.height(), image.width()));
    }
    var classOf = new int[256];
    Arrays.fill(classOf, -1);
    for (int i = 0; i < values.size(); i++) {
      classOf[values.get(i)] = i;
    }
    byte[] classes = mask.values();
    for (int i = 0; i < classes.length; i++) {
      int value = classOf[classes[i] & 0xff];
      if (value < 0) {
        throw new DataException(
            "mask '%s' has the value %d, which is none of the classes %s"
                .formatted(files.get(index), classes[i] & 0xff, values));
      }
      classes[i] = (byte) value;
    }
    return mask;
  }
}
