package io.antiphon.core.spi;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// The name of a component in experiment files, in kebab-case. Third parties use `vendor-name`.
///
/// It stands on the record of the component's options, so that it can be read without making one.
@Documented
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
public @interface Id {
  /// {@return the name: lower-case letters, digits and hyphens, a letter first}
  String value();
}
