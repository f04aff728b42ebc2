package io.antiphon.core.spi;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// One line for people: on a record of options, what its component does; on a component of an
/// options record, what the option means, with its unit and range.
@Documented
@Target({ElementType.TYPE, ElementType.RECORD_COMPONENT})
@Retention(RetentionPolicy.RUNTIME)
public @interface Summary {
  /// {@return the line, without a full stop}
  String value();
}
