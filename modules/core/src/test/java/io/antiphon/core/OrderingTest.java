package io.antiphon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class OrderingTest {
  @Test
  void numbersOrderThenRegistration() {
    assertThat(sorted(of("a", Order.at(5)), of("b", Order.DEFAULT), of("c", Order.at(5))))
        .containsExactly("b", "a", "c");
  }

  @Test
  void relationsComeBeforeNumbers() {
    assertThat(
            sorted(
                of("late", Order.at(-50).runAfter("early")),
                of("middle", Order.at(50)),
                of("early", Order.at(100))))
        .containsExactly("middle", "early", "late");
    assertThat(sorted(of("a", Order.DEFAULT), of("b", Order.at(9).runBefore("a"))))
        .containsExactly("b", "a");
  }

  @Test
  void relationsMayNameATypeAndIgnoreTheAbsent() {
    assertThat(
            sorted(of("a", Order.DEFAULT.runAfter(Marked.class).runBefore("nobody")), new Marked()))
        .containsExactly("marked", "a");
  }

  @Test
  void observersRunLastWhateverTheirNumber() {
    var observer =
        new Observer() {
          @Override
          public String name() {
            return "observer";
          }

          @Override
          public Order order() {
            return Order.at(-1000);
          }
        };
    assertThat(sorted(observer, of("saver", Order.SAVE))).containsExactly("saver", "observer");
    assertThatThrownBy(() -> sorted(observer, of("a", Order.DEFAULT.runAfter("observer"))))
        .hasMessage("callback 'a' cannot run after 'observer': observers run last");
  }

  @Test
  void aCircleIsPrinted() {
    assertThatThrownBy(() ->
            sorted(
                of("x", Order.DEFAULT),
                of("a", Order.DEFAULT.runBefore("b")),
                of("b", Order.DEFAULT.runBefore("c")),
                of("c", Order.DEFAULT.runBefore("a"))))
        .isInstanceOf(IllegalStateException.class)
        .message()
        .matches(
            "the callbacks' order is a circle: (a -> b -> c -> a|b -> c -> a -> b|c -> a -> b -> c)");
  }

  @Test
  void twoOwnersOfOneThingAreRefusedAtTheStartByName() {
    try (Learner learner = Points.learner(1).callbacks(owner("mixup"), owner("cutmix")).build()) {
      assertThatThrownBy(() -> learner.fit(1))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage(
              "callbacks 'mixup' and 'cutmix' both replace the loss function; leave one of them out");
      assertThat(learner.validate().samples()).isEqualTo(16); // neither joins a validation
    }
  }

  @Test
  void ownersOfDifferentGroupsDoNotClash() {
    var head = Replacement.hyper(Hyper.LEARNING_RATE, "head");
    var body = Replacement.hyper(Hyper.LEARNING_RATE, "body");
    assertThat(head.conflictsWith(body)).isFalse();
    assertThat(head.conflictsWith(Replacement.hyper(Hyper.LEARNING_RATE))).isTrue();
    assertThat(head.conflictsWith(Replacement.hyper(Hyper.MOMENTUM, "head"))).isFalse();
  }

  @Test
  void replacingTheLossUndeclaredIsRefused() {
    try (Learner learner = Points.learner(1).build()) {
      assertThatThrownBy(() ->
              learner.fit(
                  1,
                  new Callback() {
                    @Override
                    public String name() {
                      return "sly";
                    }

                    @Override
                    public void beforeFit(Fit fit) {
                      fit.replaceLoss(Points.crossEntropy());
                    }
                  }))
          .hasMessageContaining(
              "callback 'sly' replaces the loss function without declaring it; let replaces() return"
                  + " it");
    }
  }

  @Test
  void aCallbackAddedOrRemovedMidFitCountsFromTheNextEventOn() {
    var added = new EventLog();
    try (Learner learner = Points.learner(2).build()) {
      learner.fit(
          1,
          new Callback() {
            @Override
            public void afterLoss(Batch batch) {
              if (batch.isTraining() && batch.index() == 0) {
                batch.pass().add(added);
              }
            }
          });
      assertThat(added.events)
          .startsWith(
              Event.BEFORE_FIT, Event.BEFORE_EPOCH, Event.BEFORE_TRAIN, Event.BEFORE_BACKWARD)
          .endsWith(Event.AFTER_TRAIN, Event.CLEANUP_TRAIN, Event.CLEANUP_EPOCH, Event.CLEANUP_FIT);
      assertThat(learner.callbacks()).isEmpty();
    }
  }

  @Test
  void anObserverThatFailsOrMeddlesIsDroppedAndTheFitGoesOn() {
    var events = new ArrayList<String>();
    try (Learner learner = Points.learner(2).build()) {
      FitResult result =
          learner.fit(
              1,
              new Observer() {
                @Override
                public void beforeBatch(Batch batch) {
                  events.add("before");
                  batch.inputs(batch.targets());
                }
              },
              new Observer() {
                @Override
                public void afterBatch(Batch batch) {
                  events.add("after");
                  throw new CancelFitException("not mine to end");
                }
              });
      assertThat(result.outcome().isFinished()).isTrue();
      assertThat(events).containsExactly("before", "after");
    }
  }

  @Test
  void aCallbackIsFoundByNameAndByType() {
    try (Learner learner = Points.learner(1).callbacks(new Marked()).build()) {
      assertThat(learner.callback("marked")).isPresent();
      assertThat(learner.callback(Marked.class)).isPresent();
      assertThat(learner.callback("other")).isEmpty();
    }
  }

  private static List<String> sorted(Callback... callbacks) {
    return Ordering.sort(List.of(callbacks)).stream().map(Callback::name).toList();
  }

  private static Callback of(String name, Order order) {
    return new Callback() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public Order order() {
        return order;
      }
    };
  }

  private static Callback owner(String name) {
    return new Callback() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public Set<Replacement> replaces() {
        return Set.of(Replacement.LOSS_FUNCTION);
      }
    };
  }

  private static final class Marked implements Callback {}
}
