package io.antiphon.core;

import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.training.ParameterStore;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The hooks in force, and the way through a model that passes by them: chains are run block by
/// block here, all others by themselves.
record Hooks(List<Hook> all) {
  static final Hooks NONE = new Hooks(List.of());

  /// @param which the blocks around which it lies
  record Hook(Predicate<Block> which, BlockHook what) {}

  Hooks {
    all = List.copyOf(all);
  }

  Hooks with(Predicate<Block> which, BlockHook what) {
    var more = new ArrayList<>(all);
    more.add(new Hook(which, what));
    return new Hooks(more);
  }

  NDList run(Batch batch, Block block, NDList inputs, boolean training) {
    ParameterStore parameters = batch.fit().parameters();
    return all.isEmpty()
        ? block.forward(parameters, inputs, training)
        : run(batch, block, inputs, training, all.size() - 1);
  }

  /// @param outermost the index of the outermost hook that may lie around the block
  private NDList run(Batch batch, Block block, NDList inputs, boolean training, int outermost) {
    for (int i = outermost; i >= 0; i--) {
      if (all.get(i).which.test(block)) {
        int next = i - 1;
        return all.get(i)
            .what
            .around(
                batch,
                block,
                inputs,
                training,
                (given, trains) -> run(batch, block, given, trains, next));
      }
    }
    if (!isChain(block)) {
      return block.forward(batch.fit().parameters(), inputs, training);
    }
    NDList current = inputs;
    List<Block> children = block.getChildren().values();
    for (Block child : children) {
      current = run(batch, child, current, training);
    }
    return current;
  }

  static boolean isChain(Block block) {
    return block instanceof SequentialBlock chain && !chain.isReturnIntermediate();
  }

  /// Refuses a block that no way through the model passes by.
  static void check(Block model, Block block) {
    if (passes(model, block)) {
      return;
    }
    Block owner = owner(model, block);
    throw new IllegalArgumentException(
        owner == null
            ? "this %s is no part of the model, so nothing can be laid around it"
                .formatted(block.getClass().getSimpleName())
            : "this %s is inside of a %s, which runs its parts itself, so nothing can be laid around it; take the %s, or make it a SequentialBlock"
                .formatted(
                    block.getClass().getSimpleName(),
                    owner.getClass().getSimpleName(),
                    owner.getClass().getSimpleName()));
  }

  @SuppressWarnings("ReferenceEquality") // the very block
  private static boolean passes(Block from, Block block) {
    return from == block
        || (isChain(from)
            && from.getChildren().values().stream().anyMatch(child -> passes(child, block)));
  }

  /// {@return the block that no chain is, on the way to a block inside of it}
  private static @Nullable Block owner(Block from, Block block) {
    for (Block child : from.getChildren().values()) {
      if (holds(child, block)) {
        return isChain(from) ? owner(child, block) : from;
      }
    }
    return null;
  }

  @SuppressWarnings("ReferenceEquality") // the very block
  private static boolean holds(Block from, Block block) {
    return from == block
        || from.getChildren().values().stream().anyMatch(child -> holds(child, block));
  }
}
