package io.antiphon.vision;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.DataBufferByte;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;

/// An image in memory.
///
/// @param channels 1 for grey, 3 for red, green and blue
/// @param values unsigned bytes, `[C H W]`
@SuppressWarnings("ArrayRecordComponent") // never compared
record Pixels(int channels, int height, int width, byte[] values) {
  private static final int MOST = 1 << 28;

  /// Reads an image, the first of a file that has several.
  ///
  /// The content tells the format, not the name. Transparency is dropped, and turns that a camera
  /// has noted are not made.
  ///
  /// @throws IOException if it cannot be read, or is damaged
  static Pixels read(Path file) throws IOException {
    return of(decoded(file));
  }

  /// Reads a mask: the values of the first channel as they are, or the indices into its palette.
  ///
  /// @throws IOException as [#read]
  static Pixels mask(Path file) throws IOException {
    BufferedImage image = decoded(file);
    int[] samples =
        image.getRaster().getSamples(0, 0, image.getWidth(), image.getHeight(), 0, (int[]) null);
    var values = new byte[samples.length];
    for (int i = 0; i < values.length; i++) {
      if (samples[i] > 255) {
        throw new IOException("its value %d is greater than 255".formatted(samples[i]));
      }
      values[i] = (byte) samples[i];
    }
    return new Pixels(1, image.getHeight(), image.getWidth(), values);
  }

  private static BufferedImage decoded(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    if (bytes.length == 0) {
      throw new IOException("it is empty");
    }
    try (var in = new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
      Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
      if (!readers.hasNext()) {
        throw new IOException("it is no PNG, JPEG, BMP or GIF");
      }
      ImageReader reader = readers.next();
      var warnings = new ArrayList<String>();
      try {
        reader.addIIOReadWarningListener((_, warning) -> warnings.add(warning));
        reader.setInput(in, true, true);
        long size = (long) reader.getWidth(0) * reader.getHeight(0);
        if (size < 1 || size > MOST) {
          throw new IOException(
              "it says that it has %d × %d pixels"
                  .formatted(reader.getWidth(0), reader.getHeight(0)));
        }
        BufferedImage image = reader.read(0);
        refuseDamage(warnings);
        return image;
      } finally {
        reader.dispose();
      }
    } catch (RuntimeException e) { // what readers throw at damaged files
      throw new IOException("it is damaged (%s)".formatted(e), e);
    }
  }

  /// The JPEG reader fills what is missing with grey, and warns.
  private static void refuseDamage(List<String> warnings) throws IOException {
    for (String warning : warnings) {
      if (warning.contains("Premature")
          || warning.contains("Truncated")
          || warning.contains("Corrupt")) {
        throw new IOException("it is damaged (%s)".formatted(warning));
      }
    }
  }

  static Pixels of(BufferedImage image) {
    int width = image.getWidth();
    int height = image.getHeight();
    ColorModel model = image.getColorModel();
    if (model instanceof IndexColorModel palette) {
      Pixels colours = colours(image, width, height);
      return isGrey(palette) ? colours.grey() : colours;
    }
    if (model.getColorSpace().getType() != ColorSpace.TYPE_GRAY) {
      return colours(image, width, height);
    }
    // not getRGB, which takes grey values for linear light and so changes them
    int[] samples = image.getRaster().getSamples(0, 0, width, height, 0, (int[]) null);
    int bits = model.getComponentSize(0);
    var values = new byte[samples.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = (byte) (bits == 8 ? samples[i] : samples[i] * 255L / ((1L << bits) - 1));
    }
    return new Pixels(1, height, width, values);
  }

  private static boolean isGrey(IndexColorModel palette) {
    for (int i = 0; i < palette.getMapSize(); i++) {
      if (palette.getRed(i) != palette.getGreen(i) || palette.getRed(i) != palette.getBlue(i)) {
        return false;
      }
    }
    return true;
  }

  private static Pixels colours(BufferedImage image, int width, int height) {
    int size = width * height;
    var values = new byte[Math.multiplyExact(3, size)];
    if (image.getType() == BufferedImage.TYPE_3BYTE_BGR
        && image.getRaster().getDataBuffer() instanceof DataBufferByte buffer
        && buffer.getData().length == values.length) {
      byte[] bytes = buffer.getData();
      for (int i = 0; i < size; i++) {
        values[i] = bytes[3 * i + 2];
        values[size + i] = bytes[3 * i + 1];
        values[2 * size + i] = bytes[3 * i];
      }
    } else {
      int[] row = new int[width];
      for (int y = 0; y < height; y++) {
        image.getRGB(0, y, width, 1, row, 0, width);
        for (int x = 0; x < width; x++) {
          int i = y * width + x;
          values[i] = (byte) (row[x] >> 16);
          values[size + i] = (byte) (row[x] >> 8);
          values[2 * size + i] = (byte) row[x];
        }
      }
    }
    return new Pixels(3, height, width, values);
  }

  /// {@return this with so many channels}
  Pixels channels(int wanted) {
    if (wanted == channels) {
      return this;
    }
    if (wanted == 1) {
      return grey();
    }
    var all = new byte[3 * values.length];
    for (int c = 0; c < 3; c++) {
      System.arraycopy(values, 0, all, c * values.length, values.length);
    }
    return new Pixels(3, height, width, all);
  }

  /// {@return the luma of ITU-R BT.601, in the whole numbers of Pillow: (19595 R + 38470 G + 7471 B
  /// + 2¹⁵) / 2¹⁶}
  private Pixels grey() {
    if (channels == 1) {
      return this;
    }
    int size = height * width;
    var grey = new byte[size];
    for (int i = 0; i < size; i++) {
      int red = values[i] & 0xff;
      int green = values[size + i] & 0xff;
      int blue = values[2 * size + i] & 0xff;
      grey[i] = (byte) ((19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16);
    }
    return new Pixels(1, height, width, grey);
  }
}
