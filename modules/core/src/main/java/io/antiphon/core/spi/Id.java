package io.antiphon.core.spi;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// The name of a component in experiment files, in kebab-case. Third parties use `vendor-name`.
///
/// It stands on the provider's type, so that listing components makes none.
@Documented
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
public @interface Id {
  /// {@return the name: lower-case letters, digits and hyphens, a letter first}
  String value();
}
