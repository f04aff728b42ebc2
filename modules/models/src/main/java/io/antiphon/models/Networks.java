package io.antiphon.models;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Several networks in one model, each by its name: the generator and the discriminator of a GAN,
/// an encoder and its predictor.
///
/// ```
/// var networks = new Networks()
///     .add("generator", generator, new Shape(1, 16))
///     .add("discriminator", discriminator, new Shape(1, 1, 28, 28));
/// ```
///
/// The model itself runs the first network; a training step runs each by
/// [io.antiphon.core.Batch#forward(Block, NDList)]. They are children of their names, so that
/// [io.antiphon.core.Splitter#children] makes a part of each.
public final class Networks extends AbstractBlock {
  private final Map<String, Block> networks = new LinkedHashMap<>();
  private final Map<Block, Shape[]> shapes = new LinkedHashMap<>();

  /// No network yet.
  public Networks() {}

  /// Adds a network.
  ///
  /// @param name its name
  /// @param network a block, initialised or not
  /// @param inputs the shapes of what it gets, with any number of samples; without any, those of
  ///   the data
  /// @return this
  /// @throws IllegalArgumentException if there is one of that name
  public Networks add(String name, Block network, Shape... inputs) {
    if (networks.putIfAbsent(name, network) != null) {
      throw new IllegalArgumentException("there is a network '%s' already".formatted(name));
    }
    addChildBlock(name, network);
    shapes.put(network, inputs.clone());
    return this;
  }

  /// {@return a network by its name}
  ///
  /// @throws IllegalArgumentException if there is none; the message names them
  public Block network(String name) {
    Block network = networks.get(name);
    if (network == null) {
      throw new IllegalArgumentException(
          "there is no network '%s'; there are %s".formatted(name, networks.keySet()));
    }
    return network;
  }

  private Block first() {
    if (networks.isEmpty()) {
      throw new IllegalStateException("there are no networks; add(…) them first");
    }
    return networks.values().iterator().next();
  }

  @Override
  protected NDList forwardInternal(
      ParameterStore store,
      NDList inputs,
      boolean training,
      @Nullable PairList<String, Object> params) {
    return first().forward(store, inputs, training);
  }

  @Override
  protected void initializeChildBlocks(NDManager manager, DataType dataType, Shape... inputShapes) {
    shapes.forEach((network, own) -> {
      if (!network.isInitialized()) {
        network.initialize(manager, dataType, own.length == 0 ? inputShapes : own);
      }
    });
  }

  @Override
  public Shape[] getOutputShapes(Shape[] inputShapes) {
    Shape[] own = Objects.requireNonNull(shapes.get(first()));
    return first().getOutputShapes(own.length == 0 ? inputShapes : own);
  }
}
