package io.antiphon.image;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/// What goes into a runtime image, and where it is written.
///
/// @param modulePath jars, or folders of jars, each with a descriptor
/// @param roots the modules by name; what they require comes along, what merely provides a service
///   to them does not
/// @param nativeAccess the modules that may call native code; those that the image does not hold
///   are passed over
/// @param natives folders whose shared libraries become the image's `lib/pytorch`; of two with the
///   same name the first is taken
/// @param launcher the command that the image offers
/// @param output the image's folder; what is there is replaced once the new image is complete
public record ImagePlan(
    List<Path> modulePath,
    Set<String> roots,
    Set<String> nativeAccess,
    List<Path> natives,
    Launcher launcher,
    Path output) {

  /// The modules of Antiphon and its engine that call native code.
  public static final Set<String> NATIVE_ACCESS =
      Set.of("ai.djl.pytorch_engine", "com.sun.jna", "io.antiphon.torch");

  /// Copies what it is given.
  public ImagePlan {
    modulePath = List.copyOf(modulePath);
    roots = Set.copyOf(roots);
    nativeAccess = Set.copyOf(nativeAccess);
    natives = List.copyOf(natives);
    if (roots.isEmpty()) {
      throw new IllegalArgumentException("An image needs at least one module");
    }
  }

  /// A command in the image's `bin` folder.
  ///
  /// @param name the file's name
  /// @param module the module that holds the main class
  /// @param mainClass the main class, fully qualified
  public record Launcher(String name, String module, String mainClass) {

    /// Antiphon's own command line.
    public static final Launcher ANTIPHON =
        new Launcher("antiphon", "io.antiphon.cli", "io.antiphon.cli.Main");

    /// Refuses what cannot be a file's name.
    public Launcher {
      if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]*")) {
        throw new IllegalArgumentException("Not a name for a command: '" + name + "'");
      }
    }
  }
}
