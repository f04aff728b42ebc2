package io.antiphon.experiment;

import io.antiphon.core.Png;
import io.antiphon.core.spi.Task;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The class that a model says of each pixel of an image.
///
/// @param height in pixels
/// @param width in pixels
/// @param classes the index of the class of each pixel as an unsigned byte, `[H W]`, row by row
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Mask(int height, int width, byte[] classes) {
  /// Writes it as a PNG file of grey values, as the masks of the training: the value of a pixel is
  /// the name of its class where all names are numbers up to 255, and else its index.
  ///
  /// @param task the model's
  /// @throws UncheckedIOException if it cannot be written
  public void write(Path file, Task task) {
    byte[] values = classes.clone();
    if (task.names().stream().allMatch(name -> name.matches("\\d{1,3}") && isByte(name))) {
      for (int i = 0; i < values.length; i++) {
        values[i] = (byte) Integer.parseInt(task.names().get(values[i] & 0xff));
      }
    }
    try (var out = new BufferedOutputStream(Files.newOutputStream(file))) {
      new Png(1, height, width, values).write(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isByte(String name) {
    return Integer.parseInt(name) <= 0xff;
  }
}
