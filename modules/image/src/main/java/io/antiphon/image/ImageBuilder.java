package io.antiphon.image;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.lang.module.Configuration;
import java.lang.module.FindException;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.lang.module.ResolutionException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Links runtime images.
///
/// Besides what `jlink` makes, an image holds libtorch under `lib/pytorch`, a launcher under `bin`
/// that finds it wherever the folder is moved, quiet logging settings under `conf`, and a `NOTICE`
/// of what is inside.
public final class ImageBuilder {
  private static final Set<PosixFilePermission> EXECUTABLE =
      PosixFilePermissions.fromString("rwxr-xr-x");
  static final Set<PosixFilePermission> READABLE = PosixFilePermissions.fromString("rw-r--r--");

  private ImageBuilder() {}

  /// Builds an image, and tells nobody how far it is.
  ///
  /// @return the names of the modules that the image holds, sorted
  /// @see #build(ImagePlan, Consumer)
  public static Set<String> build(ImagePlan plan) throws IOException {
    return build(plan, _ -> {});
  }

  /// Builds an image.
  ///
  /// A thread that is interrupted meanwhile leaves nothing behind, and what was there as it was.
  ///
  /// @param steps hears what is done next, in a few words
  /// @return the names of the modules that the image holds, sorted
  /// @throws ImageException if this does not run on a JDK, a module is missing or has no
  ///   descriptor, a native library is missing, or the output exists and is no image
  public static Set<String> build(ImagePlan plan, Consumer<String> steps) throws IOException {
    var jlink = Path.of(System.getProperty("java.home"), "bin", "jlink");
    if (!Files.isExecutable(jlink)) {
      throw new ImageException("Only a JDK can build an image: there is no " + jlink);
    }
    var modules = resolve(plan);
    var output = output(plan);
    checkReplaceable(output);
    // both in a folder that nobody else has, on the file system of the output
    var work = workBeside(output);
    var fresh = work.resolve("fresh");
    var former = work.resolve("former");
    try {
      steps.accept("linking %d modules".formatted(modules.size()));
      link(jlink, plan, modules.keySet(), fresh);
      steps.accept("adding libtorch");
      Natives.place(plan.natives(), fresh.resolve("lib", "pytorch"));
      if (modules.containsKey("com.sun.jna")) {
        Natives.unpackJna(plan.modulePath(), Files.createDirectory(fresh.resolve("lib", "jna")));
      }
      if (modules.containsKey("java.logging")) {
        Files.writeString(
            fresh.resolve("conf", "logging.properties"), template("logging.properties"));
      }
      for (var launcher : plan.launchers()) {
        writeLauncher(launcher, fresh.resolve("bin", launcher.name()));
      }
      for (var text : plan.texts().entrySet()) {
        var file = fresh.resolve(text.getKey());
        Files.createDirectories(file.getParent());
        Files.writeString(file, text.getValue());
      }
      Files.writeString(fresh.resolve("NOTICE"), Notice.of(modules.values(), fresh));
      Notice.copyTexts(modules.values(), fresh);
      if (!(plan.start() instanceof ImagePlan.Start.Plain)) {
        steps.accept("rehearsing a start");
      }
      speedUp(plan, fresh);
      letEverybodyRead(fresh);
      checkInterrupt();
      replace(output, fresh, former);
      delete(former);
    } finally {
      if (!Files.exists(former, LinkOption.NOFOLLOW_LINKS)) {
        delete(work);
      }
    }
    return modules.keySet();
  }

  /// The folder to write to, behind all links.
  private static Path output(ImagePlan plan) throws IOException {
    var output = plan.output().toAbsolutePath().normalize();
    if (output.getFileName() == null) {
      throw new ImageException("An image cannot be written to " + output);
    }
    return Files.exists(output) ? output.toRealPath() : output;
  }

  private static Path workBeside(Path output) {
    try {
      var folder = Files.createDirectories(output.resolveSibling(""));
      return Files.createTempDirectory(folder, output.getFileName() + ".new-");
    } catch (IOException e) {
      throw new ImageException(
          "An image cannot be written to " + output + ": nothing can be made beside it", e);
    }
  }

  /// Only an older image and an empty folder give way to a new image; a JDK has no libtorch.
  private static void checkReplaceable(Path output) throws IOException {
    if (!Files.exists(output, LinkOption.NOFOLLOW_LINKS)
        || (Files.exists(output.resolve("lib", "modules"))
            && Files.exists(output.resolve("lib", "pytorch")))) {
      return;
    }
    if (Files.isDirectory(output) && list(output).isEmpty()) {
      return;
    }
    throw new ImageException(output + " exists and is no image: name another folder");
  }

  /// Puts a new image in the place of the former one, if there is one, which goes to `former`.
  ///
  /// What somebody put beside the former image's own files, as the folder `plugins`, comes along.
  /// If this fails, the former image is where it was.
  private static void replace(Path output, Path fresh, Path former) throws IOException {
    if (!Files.exists(output)) {
      Files.move(fresh, output);
      return;
    }
    Files.move(output, former);
    var kept = new ArrayList<Path>();
    try {
      for (var file : list(former)) {
        var name = file.getFileName();
        if (!Files.exists(fresh.resolve(name), LinkOption.NOFOLLOW_LINKS)) {
          Files.move(file, fresh.resolve(name));
          kept.add(name);
        }
      }
      Files.move(fresh, output);
    } catch (IOException e) {
      try {
        for (var name : kept) {
          Files.move(fresh.resolve(name), former.resolve(name));
        }
        Files.move(former, output);
      } catch (IOException again) {
        e.addSuppressed(again);
        throw new ImageException(
            "The former image could not be put back: it lies in " + former.getParent(), e);
      }
      throw e;
    }
  }

  private static List<Path> list(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return files.toList();
    }
  }

  /// The modules that the roots need, after checking that `jlink` can take them.
  private static SortedMap<String, ModuleReference> resolve(ImagePlan plan) {
    var path = ModuleFinder.of(plan.modulePath().toArray(Path[]::new));
    Configuration configuration;
    try {
      configuration = Configuration.empty().resolve(path, ModuleFinder.ofSystem(), plan.roots());
    } catch (FindException | ResolutionException e) {
      throw new ImageException("These modules do not make an image: " + e.getMessage(), e);
    }
    var automatic =
        configuration.modules().stream()
            .map(module -> module.reference().descriptor())
            .filter(descriptor -> descriptor.isAutomatic())
            .map(descriptor -> descriptor.name())
            .collect(Collectors.toCollection(TreeSet::new));
    if (!automatic.isEmpty()) {
      throw new ImageException(
          "jlink takes no module without a descriptor, which is the case of "
              + String.join(", ", automatic)
              + "; drop what needs it, with its jar, into the folder 'plugins' of an image that is linked"
              + " without both");
    }
    var modules = new TreeMap<String, ModuleReference>();
    for (var module : configuration.modules()) {
      modules.put(module.name(), module.reference());
    }
    return modules;
  }

  private static void link(Path jlink, ImagePlan plan, Set<String> modules, Path image)
      throws IOException {
    var nativeAccess = new TreeSet<>(plan.nativeAccess());
    nativeAccess.retainAll(modules);
    var roots = String.join(",", new TreeSet<>(plan.roots()));
    // a root that offers no service and that nothing requires, as JNA, starts only when it is named
    var options =
        new ArrayList<>(
            List.of(
                "-DOPT_OUT_TRACKING=true",
                "--illegal-native-access=deny",
                "--add-modules=" + roots));
    if (!nativeAccess.isEmpty()) {
      options.add("--enable-native-access=" + String.join(",", nativeAccess));
    }
    var arguments = new ArrayList<String>();
    arguments.add(jlink.toString());
    arguments.add("--module-path=" + join(plan.modulePath()));
    arguments.add("--add-modules=" + roots);
    arguments.add("--output=" + image);
    arguments.add("--add-options=" + String.join(" ", options));
    arguments.addAll(List.of("--compress=zip-9", "--no-header-files", "--no-man-pages"));
    // by which tools on a JDK 8 read an image, what starts jars by their names, what a program with
    // signal handlers of its own loads before, and what C2 sorts large arrays of numbers by
    String without =
        "/java.base/lib/jrt-fs.jar,/java.base/lib/jexec,**/libjsig.so,**/libsimdsort.so";
    boolean archives = plan.start() instanceof ImagePlan.Start.Classes; // those that are listed
    arguments.add("--exclude-files=" + without + (archives ? "" : ",/java.base/lib/classlist"));
    run("jlink", arguments, Map.of());
  }

  /// Whatever the umask was. What may be a link to somebody else's file stays as it is.
  private static void letEverybodyRead(Path image) throws IOException {
    var natives = image.resolve("lib", "pytorch");
    try (var files = Files.walk(image)) {
      for (var file : files.toList()) {
        if (!natives.equals(file.getParent()) && !Files.isSymbolicLink(file)) {
          Files.setPosixFilePermissions(file, Files.isExecutable(file) ? EXECUTABLE : READABLE);
        }
      }
    }
  }

  private static void speedUp(ImagePlan plan, Path image) throws IOException {
    switch (plan.start()) {
      case ImagePlan.Start.Plain() -> {}
      // jlink's own option makes a second archive for heaps beyond 32 GB
      case ImagePlan.Start.Classes() ->
          run(
              "Archiving the classes",
              List.of(image.resolve("bin", "java").toString(), "-Xshare:dump"),
              Map.of());
      case ImagePlan.Start.Rehearsed(var arguments) -> {
        var command = new ArrayList<String>();
        command.add(image.resolve("bin", plan.launchers().getFirst().name()).toString());
        command.addAll(arguments);
        var cache = image.resolve("lib", "start.aot");
        run("The rehearsal of a start", command, Map.of("ANTIPHON_AOT_OUTPUT", cache.toString()));
        if (!Files.exists(cache)) {
          throw new ImageException("The rehearsal left no " + cache);
        }
      }
    }
  }

  /// Runs a program that is quiet when it succeeds: its own process, because jlink refuses to work
  /// in one whose modules are patched, as tests patch them, and the machine would talk on our
  /// output.
  private static void run(String what, List<String> command, Map<String, String> environment)
      throws IOException {
    checkInterrupt();
    // both into files: who waits for a pipe's end hears of no interrupt
    var errors = Files.createTempFile("antiphon", ".txt");
    var output = Files.createTempFile("antiphon", ".txt");
    @Nullable Process process = null;
    try {
      var builder =
          new ProcessBuilder(command)
              .redirectError(errors.toFile())
              .redirectOutput(output.toFile());
      builder.environment().putAll(environment);
      process = builder.start();
      process.getOutputStream().close();
      if (process.waitFor() != 0) {
        checkInterrupt(); // Ctrl-C goes to both
        throw new ImageException(what + " failed: " + complaint(read(errors), read(output)));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw interrupted();
    } finally {
      if (process != null) {
        end(process);
      }
      Files.deleteIfExists(errors);
      Files.deleteIfExists(output);
    }
  }

  private static String read(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
  }

  /// Ends a program at once: what it still wrote later would be left behind.
  private static void end(Process process) {
    process.destroyForcibly();
    boolean interrupted = false;
    while (process.isAlive()) {
      try {
        process.waitFor();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /// Ends the build of a thread that was interrupted.
  static void checkInterrupt() throws InterruptedIOException {
    if (Thread.currentThread().isInterrupted()) {
      throw interrupted();
    }
  }

  private static InterruptedIOException interrupted() {
    return new InterruptedIOException("Interrupted while building an image");
  }

  /// {@return what a program complains of: its errors, not what the machine says of itself there;
  /// else its output, which is where jlink puts them}
  private static String complaint(String errors, String output) {
    var complaint =
        errors
            .lines()
            .filter(line -> !line.isBlank() && !line.contains("Picked up "))
            .filter(line -> !line.contains("VM warning: "))
            .collect(Collectors.joining("\n"));
    return complaint.isEmpty() ? output.strip() : complaint;
  }

  private static void writeLauncher(ImagePlan.Launcher launcher, Path file) throws IOException {
    var script =
        template("launcher.sh")
            .replace("@MODULE@", launcher.module())
            .replace("@MAIN_CLASS@", launcher.mainClass())
            .replace(
                "@ARGUMENTS@",
                launcher.arguments().stream()
                    .map(word -> word + " ")
                    .collect(Collectors.joining()));
    Files.writeString(file, script);
    Files.setPosixFilePermissions(file, EXECUTABLE);
  }

  private static String template(String name) throws IOException {
    try (InputStream in = ImageBuilder.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("The module lacks its own " + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static String join(List<Path> paths) {
    return paths.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
  }

  /// Deletes a folder with all it holds, if it exists.
  static void delete(Path folder) throws IOException {
    if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
