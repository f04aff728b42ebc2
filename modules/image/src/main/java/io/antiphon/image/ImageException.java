package io.antiphon.image;

/// An image cannot be built from what was given; the message says why and what would help.
public final class ImageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// Creates the exception.
  public ImageException(String message) {
    super(message);
  }

  /// Creates the exception with its cause.
  public ImageException(String message, Throwable cause) {
    super(message, cause);
  }
}
