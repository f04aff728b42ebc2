package io.antiphon.models;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.UniformInitializer;
import ai.djl.util.PairList;
import io.antiphon.core.Check;
import io.antiphon.core.Recurrent;
import io.antiphon.torch.Copies;
import io.antiphon.torch.RandomStream;
import io.antiphon.torch.TorchScript;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Recurrent layers one over the other, by PyTorch's `gru` and `lstm`, in one native call: `[B, T,
/// C]` becomes `[B, T, hidden]`.
///
/// The state after a batch, without its graph, is the state before the next one, if that has as
/// many samples, is on the same device and is as much training or not; else, and after [#reset], it
/// is zeros. Weights and biases start uniform within ±1 / √hidden.
public final class RecurrentLayers extends AbstractBlock implements Recurrent {
  private static final TorchScript SCRIPT =
      TorchScript.compile(
          """
          def gru(x: Tensor, states: List[Tensor], weights: List[Tensor], layers: int, dropout: float, training: bool) -> List[Tensor]:
            y, h = torch.gru(x, states[0], weights, True, layers, dropout, training, False, True)
            return [y, torch.detach(h)]
          def lstm(x: Tensor, states: List[Tensor], weights: List[Tensor], layers: int, dropout: float, training: bool) -> List[Tensor]:
            y, h, c = torch.lstm(x, states, weights, True, layers, dropout, training, False, True)
            return [y, torch.detach(h), torch.detach(c)]
          def zeros(x: Tensor, states: int, layers: int, hidden: int) -> List[Tensor]:
            all = annotate(List[Tensor], [])
            for i in range(states):
              all.append(torch.new_zeros(x, [layers, torch.size(x, 0), hidden]))
            return all
          """);

  private final Cell cell;
  private final int hidden;
  private final int layers;
  private final double dropout;
  private final List<Parameter> weights = new ArrayList<>();
  private @Nullable NDManager keeper;
  private NDList state = new NDList();
  private boolean stateTrains;

  /// What is computed at every place of a sequence.
  public enum Cell {
    /// Gated recurrent unit (Cho et al., 2014), in PyTorch's form.
    GRU(3, 1),
    /// Long short-term memory (Hochreiter and Schmidhuber, 1997), with a forget gate.
    LSTM(4, 2);

    private final int gates;
    private final int states;

    Cell(int gates, int states) {
      this.gates = gates;
      this.states = states;
    }
  }

  /// @param hidden units of a layer, at least 1
  /// @param layers how many, at least 1
  /// @param dropout the rate of dropout after each layer but the last, in [0, 1)
  public RecurrentLayers(Cell cell, int hidden, int layers, double dropout) {
    this.cell = cell;
    this.hidden = Check.atLeast("hidden", hidden, 1);
    this.layers = Check.atLeast("layers", layers, 1);
    this.dropout = Check.below("dropout", dropout, 0, 1);
    var initializer = new UniformInitializer((float) (1 / Math.sqrt(hidden)));
    for (int layer = 0; layer < layers; layer++) {
      for (String name : List.of("weightIh", "weightHh", "biasIh", "biasHh")) {
        weights.add(
            addParameter(
                Parameter.builder()
                    .setName(name + layer)
                    .setType(name.startsWith("bias") ? Parameter.Type.BIAS : Parameter.Type.WEIGHT)
                    .optInitializer(initializer)
                    .build()));
      }
    }
  }

  @Override
  protected NDList forwardInternal(
      ParameterStore store,
      NDList inputs,
      boolean training,
      @Nullable PairList<String, Object> params) {
    NDArray x = inputs.singletonOrThrow();
    Device device = x.getDevice();
    NDManager manager = x.getManager();
    var values = new NDList(weights.size());
    for (Parameter each : weights) {
      values.add(store.getValue(each, device, training));
    }
    NDList before =
        continues(x, training)
            ? state
            : SCRIPT.call(manager, "zeros", x, cell.states, layers, hidden);
    double rate = training && layers > 1 ? dropout : 0;
    Supplier<NDList> run =
        () ->
            SCRIPT.call(
                manager,
                cell == Cell.GRU ? "gru" : "lstm",
                x,
                before,
                values,
                layers,
                rate,
                training);
    NDList result = rate > 0 ? RandomStream.draw(run) : run.get();
    keep(result.subNDList(1), training);
    return result.subNDList(0, 1);
  }

  private boolean continues(NDArray x, boolean training) {
    return keeper != null
        && keeper.isOpen()
        && !state.isEmpty()
        && stateTrains == training
        && state.head().getShape().get(1) == x.getShape().get(0)
        && state.head().getDevice().equals(x.getDevice())
        && state.head().getDataType() == x.getDataType();
  }

  private void keep(NDList after, boolean training) {
    state.close();
    after.attach(keeper());
    state = after;
    stateTrains = training;
  }

  private NDManager keeper() {
    if (keeper == null || !keeper.isOpen()) {
      keeper = weights.getFirst().getArray().getManager().newSubManager();
    }
    return keeper;
  }

  @Override
  public void reset() {
    state.close();
    state = new NDList();
  }

  /// {@inheritDoc}
  ///
  /// @return for each kind of state an array `[layers, B, hidden]`
  @Override
  public NDList state(NDManager manager) {
    return Copies.of(state, manager);
  }

  @Override
  public void restore(NDList state) {
    reset();
    if (!state.isEmpty()) {
      keep(Copies.of(state, keeper()), true);
    }
  }

  @Override
  protected void prepare(Shape[] inputShapes) {
    long width = inputShapes[0].get(2);
    long rows = (long) cell.gates * hidden;
    for (int layer = 0; layer < layers; layer++) {
      weights.get(4 * layer).setShape(new Shape(rows, layer == 0 ? width : hidden));
      weights.get(4 * layer + 1).setShape(new Shape(rows, hidden));
      weights.get(4 * layer + 2).setShape(new Shape(rows));
      weights.get(4 * layer + 3).setShape(new Shape(rows));
    }
  }

  @Override
  public Shape[] getOutputShapes(Shape[] inputShapes) {
    Shape in = inputShapes[0];
    return new Shape[] {new Shape(in.get(0), in.get(1), hidden)};
  }
}
