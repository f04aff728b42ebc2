package io.antiphon.tests;

import static org.assertj.core.api.Assertions.assertThat;

import io.antiphon.core.Callback;
import io.antiphon.core.Learner;
import io.antiphon.core.options.Catalog;
import io.antiphon.core.options.Component;
import io.antiphon.core.options.Kind;
import io.antiphon.core.options.Options;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.testkit.CallbackContract;
import io.antiphon.testkit.TinyTask;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every callback that a module of ours provides, with its default options.
@ResourceLock("training")
class CallbacksTest {
  @TempDir Path folder;

  private static final List<String> REFUSING =
      List.of("layer-freezing", "mlflow", "notify", "plot", "progressive-resizing", "sample-text");

  static List<Component<CallbackProvider>> callbacks() {
    return Catalog.boot().components(Kind.CALLBACK);
  }

  @Test
  void theModulesThatWereBuiltAreAllHere() {
    assertThat(callbacks()).extracting(Component::id).contains("recorder", "terminate-on-nan");
    List<String> providers =
        Checkout.modules().findAll().stream()
            .map(module -> module.descriptor())
            .filter(module -> module.name().startsWith("io.antiphon."))
            .flatMap(module -> module.provides().stream())
            .filter(each -> each.service().equals(CallbackProvider.class.getName()))
            .flatMap(each -> each.providers().stream())
            .toList();
    assertThat(callbacks())
        .extracting(component -> component.defaults().getClass().getName())
        .containsExactlyInAnyOrderElementsOf(providers);
  }

  @Test
  void everyComponentOfOursCanBeMadeAndHasItsIdForItself() {
    assertThat(Catalog.boot().broken()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("callbacks")
  void everyCallbackKeepsTheContract(Component<CallbackProvider> component) {
    if (refusesTheTask(component)) {
      assertThat(component.id()).isIn(REFUSING);
    } else {
      CallbackContract.of(() -> create(component)).verify();
    }
  }

  /// One that writes texts needs data that are a text, one that freezes parts a model in parts, one
  /// that resizes images a model that takes several sizes, one that draws curves a recorder, one
  /// that sends somebody to send to, and says so before anything runs; the tests of its module are
  /// about it.
  private boolean refusesTheTask(Component<CallbackProvider> component) {
    try (Learner learner = TinyTask.learner().build()) {
      learner.check(create(component));
      return false;
    } catch (IllegalStateException refused) {
      return true;
    }
  }

  @ParameterizedTest
  @MethodSource("callbacks")
  void everyCallbackHasTheNameOfItsIdUnlessItSaysOtherwise(Component<CallbackProvider> component) {
    String name = create(component).name();
    assertThat(name)
        .isEqualTo(component.id().equals("schedule") ? "schedule of lr" : component.id());
  }

  private Callback create(Component<CallbackProvider> component) {
    Record options = Options.rebase((Record) component.defaults(), folder);
    return component.kind().service().cast(options).create();
  }
}
