package io.antiphon.image;

import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// What goes into a runtime image, and where it is written.
///
/// @param modulePath jars, or folders of jars, each with a descriptor
/// @param roots the modules by name; what they require comes along, what merely provides a service
///   to them does not
/// @param nativeAccess the modules that may call native code; those that the image does not hold
///   are passed over
/// @param natives folders whose shared libraries become the image's `lib/pytorch`; of two with the
///   same name the first is taken
/// @param launchers the commands that the image offers
/// @param texts more files, by their path in the image
/// @param start what makes the image start faster
/// @param output the image's folder; what is there is replaced once the new image is complete
public record ImagePlan(
    List<Path> modulePath,
    Set<String> roots,
    Set<String> nativeAccess,
    List<Path> natives,
    List<Launcher> launchers,
    Map<String, String> texts,
    Start start,
    Path output) {

  /// The modules of Antiphon and its engine that call native code.
  public static final Set<String> NATIVE_ACCESS =
      Set.of("ai.djl.pytorch_engine", "com.sun.jna", "io.antiphon.mpi", "io.antiphon.torch");

  /// Copies what it is given.
  public ImagePlan {
    modulePath = List.copyOf(modulePath);
    roots = Set.copyOf(roots);
    nativeAccess = Set.copyOf(nativeAccess);
    natives = List.copyOf(natives);
    launchers = List.copyOf(launchers);
    texts = Collections.unmodifiableMap(new TreeMap<>(texts));
    if (roots.isEmpty()) {
      throw new IllegalArgumentException("An image needs at least one module");
    }
  }

  /// An image with one command, and the archive of the JDK's classes.
  public ImagePlan(
      List<Path> modulePath,
      Set<String> roots,
      Set<String> nativeAccess,
      List<Path> natives,
      Launcher launcher,
      Path output) {
    this(
        modulePath,
        roots,
        nativeAccess,
        natives,
        List.of(launcher),
        Map.of(),
        new Start.Classes(),
        output);
  }

  /// What an image holds beside its modules so that it starts faster.
  public sealed interface Start {
    /// Nothing: the smallest image.
    record Plain() implements Start {}

    /// An archive of the JDK's own classes, parsed and linked: it halves the time to start.
    record Classes() implements Start {}

    /// A cache of all that a rehearsal loads, written when the rehearsal ends.
    ///
    /// @param command the arguments of the image's first launcher
    record Rehearsed(List<String> command) implements Start {
      /// Copies what it is given.
      public Rehearsed {
        command = List.copyOf(command);
      }
    }
  }

  /// A command in the image's `bin` folder.
  ///
  /// @param name the file's name
  /// @param module the module that holds the main class
  /// @param mainClass the main class, fully qualified
  /// @param arguments what the command passes to it before what it is given: plain words
  public record Launcher(String name, String module, String mainClass, List<String> arguments) {

    /// Antiphon's own command line.
    public static final Launcher ANTIPHON =
        new Launcher("antiphon", "io.antiphon.cli", "io.antiphon.cli.Main");

    /// A command that passes on what it is given.
    public Launcher(String name, String module, String mainClass) {
      this(name, module, mainClass, List.of());
    }

    /// Refuses what cannot be a file's name or a word.
    public Launcher {
      if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]*")) {
        throw new IllegalArgumentException("Not a name for a command: '" + name + "'");
      }
      arguments = List.copyOf(arguments);
      for (var argument : arguments) {
        if (!argument.matches("[A-Za-z0-9._=-]+")) {
          throw new IllegalArgumentException("Not a plain word: '" + argument + "'");
        }
      }
    }
  }
}
