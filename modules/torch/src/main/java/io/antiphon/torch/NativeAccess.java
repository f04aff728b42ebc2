package io.antiphon.torch;

/// Lets modules outside of the boot layer call native code, which no option of `java` can.
///
/// This module may call it, and so may pass that on.
public final class NativeAccess {
  private NativeAccess() {}

  /// Lets a module call native code from now on.
  ///
  /// @param controller of the layer that the module is in
  @SuppressWarnings("restricted")
  public static void grant(ModuleLayer.Controller controller, Module module) {
    controller.enableNativeAccess(module);
  }
}
