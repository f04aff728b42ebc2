package io.antiphon.image;

import java.lang.classfile.ClassFile;
import java.lang.classfile.attribute.ModuleAttribute;
import java.lang.classfile.attribute.ModulePackagesAttribute;
import java.lang.constant.ClassDesc;
import java.lang.constant.ModuleDesc;
import java.lang.constant.PackageDesc;
import java.lang.module.ModuleDescriptor;
import java.lang.reflect.AccessFlag;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What a jar without a descriptor would say if it had one.
///
/// The packages and the services are read from the jar. As an automatic module does, the explicit
/// one exports and opens everything: code compiled against the automatic module finds no
/// difference.
///
/// @param module its name, the same as the automatic module's
/// @param requires what it needs in every image, read transitively as an automatic module lets one
/// @param optional what it uses where the image has it
/// @param uses the services that it looks up
record Descriptor(String module, List<String> requires, List<String> optional, List<String> uses) {

  /// The jars that Antiphon's images know how to make modules of.
  ///
  /// From `jdeps` over the jars. `java.desktop` is needed for DJL's images and audio only,
  /// `java.compiler` for translators compiled at run time, commons-compress for tar archives, JNA
  /// to see GPUs.
  private static final Map<String, Descriptor> KNOWN =
      Stream.of(
              new Descriptor(
                  "ai.djl.api",
                  List.of("com.google.gson", "java.management", "org.slf4j"),
                  List.of(
                      "com.sun.jna",
                      "java.compiler",
                      "java.desktop",
                      "org.apache.commons.codec",
                      "org.apache.commons.compress",
                      "org.apache.commons.io"),
                  List.of(
                      "ai.djl.engine.EngineProvider",
                      "ai.djl.repository.RepositoryFactory",
                      "ai.djl.repository.zoo.ZooProvider")),
              new Descriptor("ai.djl.model_zoo", List.of("ai.djl.api"), List.of(), List.of()),
              new Descriptor("ai.djl.pytorch_engine", List.of("ai.djl.api"), List.of(), List.of()),
              new Descriptor(
                  "com.sun.jna", List.of("java.logging"), List.of("java.desktop"), List.of()),
              new Descriptor("commons.math3", List.of(), List.of("java.desktop"), List.of()))
          .collect(Collectors.toUnmodifiableMap(Descriptor::module, Function.identity()));

  /// The known descriptor of this automatic module.
  static Descriptor of(ModuleDescriptor automatic) {
    var known = KNOWN.get(automatic.name());
    if (known == null) {
      throw new ImageException(
          "Module "
              + automatic.name()
              + " has no descriptor, and jlink links none without; Antiphon can write one for "
              + KNOWN.keySet().stream().sorted().collect(Collectors.joining(", ")));
    }
    return known;
  }

  static boolean isKnown(String module) {
    return KNOWN.containsKey(module);
  }

  /// The bytes of `module-info.class`.
  ///
  /// @param automatic what the module system derived from the jar: version, services, and the
  ///   packages with classes
  /// @param packages all packages, those that hold only resources too
  byte[] compile(ModuleDescriptor automatic, Set<String> packages) {
    var attribute =
        ModuleAttribute.of(
            ModuleDesc.of(module),
            builder -> {
              builder.moduleFlags(AccessFlag.OPEN);
              automatic.rawVersion().ifPresent(builder::moduleVersion);
              builder.requires(ModuleDesc.of("java.base"), Set.of(AccessFlag.MANDATED), null);
              for (var name : requires) {
                builder.requires(ModuleDesc.of(name), Set.of(AccessFlag.TRANSITIVE), null);
              }
              for (var name : optional) {
                builder.requires(ModuleDesc.of(name), Set.of(AccessFlag.STATIC_PHASE), null);
              }
              for (var name : automatic.packages().stream().sorted().toList()) {
                builder.exports(PackageDesc.of(name), Set.of());
              }
              for (var service : uses) {
                builder.uses(ClassDesc.of(service));
              }
              for (var provides : automatic.provides().stream().sorted().toList()) {
                builder.provides(
                    ClassDesc.of(provides.service()),
                    provides.providers().stream().map(ClassDesc::of).toArray(ClassDesc[]::new));
              }
            });
    var all = packages.stream().sorted().map(PackageDesc::of).toList();
    return ClassFile.of()
        .buildModule(attribute, clb -> clb.with(ModulePackagesAttribute.ofNames(all)));
  }
}
