import org.jspecify.annotations.NullMarked;

/// Runtime images: descriptors for jars that have none, linking, and libtorch as plain files.
///
/// Needs the JDK's `jlink` tool when an image is built, and only then.
@NullMarked
module io.antiphon.image {
  requires static org.jspecify;

  exports io.antiphon.image;
}
