package io.antiphon.models;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import io.antiphon.core.Callback;
import io.antiphon.core.Fit;
import io.antiphon.core.Pass;
import io.antiphon.core.Purpose;
import io.antiphon.core.Recurrent;
import io.antiphon.core.Stateful;
import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import io.antiphon.torch.Copies;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Makes the [Recurrent] parts of a model forget before each training part, before each validation
/// part, and after the fit, as fastai's callback of that name does: between the batches of a part
/// the state is kept, for they go on where the ones before ended.
///
/// Its own memory is theirs, so that a run that is resumed in the middle of an epoch goes on with
/// it.
public final class ModelResetter implements Callback, Stateful<ModelResetter.State> {
  private @Nullable Block model;
  private @Nullable NDManager keeper;
  private List<NDList> kept = List.of();

  /// There is nothing to set.
  @Id("model-resetter")
  @Summary("makes recurrent layers forget where a training or validation part begins")
  public record Options() implements CallbackProvider {
    @Override
    public Callback create() {
      return new ModelResetter();
    }
  }

  /// What recurrent parts remember, in the order in which the model has them.
  public record State(List<NDList> memories) {
    public State {
      memories = List.copyOf(memories);
    }
  }

  public ModelResetter() {}

  /// {@return every kind of run}
  @Override
  public Set<Purpose> purposes() {
    return EnumSet.allOf(Purpose.class);
  }

  @Override
  public void beforeTrain(Pass pass) {
    Block current = pass.fit().model();
    model = current;
    reset(current);
    if (pass.isResumed()) {
      give(current);
    }
    drop();
  }

  @Override
  public void beforeValidate(Pass pass) {
    reset(pass.fit().model());
  }

  @Override
  public void cleanupFit(Fit fit) {
    reset(fit.model());
    model = null;
    drop();
  }

  @Override
  public boolean isOfOwnRows() {
    return model != null && !Recurrent.in(model).isEmpty();
  }

  @Override
  public State state(NDManager manager) {
    return new State(
        model == null
            ? List.of()
            : Recurrent.in(model).stream().map(each -> each.state(manager)).toList());
  }

  @Override
  public void restore(State state) {
    drop();
    if (!state.memories().isEmpty()) {
      NDManager own = NDManager.newBaseManager();
      keeper = own;
      kept = state.memories().stream().map(memory -> Copies.of(memory, own)).toList();
    }
    if (model != null) {
      give(model);
    }
  }

  @Override
  public Class<State> stateType() {
    return State.class;
  }

  private void give(Block to) {
    List<Recurrent> all = Recurrent.in(to);
    for (int i = 0; i < Math.min(all.size(), kept.size()); i++) {
      all.get(i).restore(kept.get(i));
    }
  }

  private void drop() {
    kept = List.of();
    if (keeper != null) {
      keeper.close();
      keeper = null;
    }
  }

  /// Makes every recurrent part of a model forget.
  public static void reset(Block model) {
    Recurrent.in(model).forEach(Recurrent::reset);
  }
}
