/// Builds runtime images.
///
/// [io.antiphon.image.ModuleJars] turns a list of jars into a module path that `jlink` accepts,
/// [io.antiphon.image.Natives] unpacks libtorch, and [io.antiphon.image.ImageBuilder] links what an
/// [io.antiphon.image.ImagePlan] names. The repository's default image and the command `antiphon
/// image` are both made this way.
package io.antiphon.image;
