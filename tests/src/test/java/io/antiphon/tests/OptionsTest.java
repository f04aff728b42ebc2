package io.antiphon.tests;

import static org.assertj.core.api.Assertions.assertThat;

import io.antiphon.core.options.Catalog;
import io.antiphon.core.options.Component;
import io.antiphon.core.options.Kind;
import java.lang.reflect.Array;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The methods by which a program changes one option: `new Augment.Options().rotate(20)`.
class OptionsTest {
  static Stream<Component<?>> components() {
    return Kind.all().stream().flatMap(kind -> Catalog.boot().components(kind).stream());
  }

  @ParameterizedTest
  @MethodSource("components")
  void aMethodNamedAsAnOptionChangesThatOneAlone(Component<?> component)
      throws ReflectiveOperationException {
    var options = (Record) component.defaults();
    for (RecordComponent option : options.getClass().getRecordComponents()) {
      for (Method method : changing(options, option)) {
        Object now = option.getAccessor().invoke(options);
        for (Object other : others(now)) {
          Object given = method.isVarArgs() ? words((List<?>) other, method) : other;
          Record changed;
          try {
            changed = (Record) method.invoke(options, given);
          } catch (InvocationTargetException e) {
            assertThat(e.getCause()).isInstanceOf(IllegalArgumentException.class); // out of range
            continue;
          }
          for (RecordComponent each : options.getClass().getRecordComponents()) {
            Object value = each.getAccessor().invoke(changed);
            if (each.getName().equals(option.getName())) {
              assertThat(now instanceof Optional<?> ? ((Optional<?>) value).orElseThrow() : value)
                  .as("%s of %s", each.getName(), changed)
                  .isEqualTo(
                      switch (now) {
                        case OptionalInt _ -> OptionalInt.of((int) other);
                        case OptionalDouble _ -> OptionalDouble.of((double) other);
                        default -> other;
                      });
            } else {
              assertThat(value)
                  .as("%s of %s", each.getName(), changed)
                  .isEqualTo(each.getAccessor().invoke(options));
            }
          }
        }
      }
    }
  }

  private static Object[] words(List<?> values, Method method) {
    Class<?> word = method.getParameterTypes()[0].getComponentType();
    return values.toArray((Object[]) Array.newInstance(word, 0));
  }

  @Test
  void thereAreSuchMethods() {
    long count =
        components()
            .map(component -> (Record) component.defaults())
            .flatMap(options ->
                Arrays.stream(options.getClass().getRecordComponents())
                    .flatMap(option -> changing(options, option).stream()))
            .count();
    assertThat(count).isGreaterThan(60);
  }

  /// {@return the methods that give the same options but for one; none where a module exports
  /// nothing}
  private static List<Method> changing(Record options, RecordComponent option) {
    return Arrays.stream(options.getClass().getMethods())
        .filter(method -> method.getName().equals(option.getName()))
        .filter(method -> method.getParameterCount() == 1)
        .filter(method -> method.getReturnType() == options.getClass())
        .filter(method -> method.canAccess(options))
        .toList();
  }

  /// {@return some values of the kind of one}
  private static List<Object> others(Object now) {
    var others = new ArrayList<Object>();
    switch (now) {
      case Optional<?> some -> some.ifPresent(others::add);
      case OptionalInt _ -> others.add(7);
      case OptionalDouble _ -> others.add(0.375);
      case Integer number -> others.addAll(List.of(number + 1, number - 1));
      case Double number -> others.addAll(List.of(number + 0.125, number / 2));
      case Boolean truth -> others.add(!truth);
      case String text -> others.add(text + "x");
      case Path path -> others.add(path.resolve("x"));
      case Enum<?> constant ->
          others.addAll(List.of(constant.getDeclaringClass().getEnumConstants()));
      default -> others.add(now);
    }
    return others;
  }
}
