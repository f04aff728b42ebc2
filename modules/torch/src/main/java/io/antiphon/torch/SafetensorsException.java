package io.antiphon.torch;

import java.nio.file.Path;

/// A file that is no whole safetensors file, or holds what cannot be read. The message is one
/// sentence that names the file.
public final class SafetensorsException extends RuntimeException {
  private static final long serialVersionUID = 1;

  SafetensorsException(Path file, String what) {
    super("%s: %s".formatted(file, what));
  }

  SafetensorsException(Path file, String what, Throwable cause) {
    super("%s: %s".formatted(file, what), cause);
  }
}
