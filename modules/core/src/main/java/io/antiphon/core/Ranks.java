package io.antiphon.core;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import java.util.Arrays;

/// The processes that train one model together, each with its rows of every batch: a rank and how
/// many there are.
///
/// All operations are collective: every rank calls the same ones in the same order, from the thread
/// that called `fit`, and none returns before all have called it. One that waits too long for
/// another ends its process; one that fails ends all, by [#abort].
public interface Ranks extends AutoCloseable {
  /// A run of one process, in which every operation does nothing.
  @SuppressWarnings("ClassInitializationDeadlock") // nothing else initializes Alone
  Ranks ALONE = new Alone();

  /// {@return which of the processes this is, from 0}
  int rank();

  /// {@return how many processes there are, at least 1}
  int size();

  /// {@return whether this is rank 0, which alone writes and shows}
  default boolean leads() {
    return rank() == 0;
  }

  /// {@return how many of them share this machine's cores, with this one}
  default int onThisMachine() {
    return size();
  }

  /// {@return whether arrays on a device can be summed}
  boolean sumsOn(Device device);

  /// Puts the sum over all ranks in place of an array.
  ///
  /// @param array contiguous, float32, float64 or int64, of one shape on all ranks
  /// @param what for messages: `gradients`
  void sum(NDArray array, String what);

  /// Puts the sums over all ranks in place of numbers.
  ///
  /// @param values as many on all ranks
  void sum(double[] values, String what);

  /// Puts the greatest over all ranks in place of each number.
  ///
  /// @param values as many on all ranks
  void max(long[] values, String what);

  /// Puts the array of rank 0 in place of that of each.
  ///
  /// @param array contiguous, of one type and shape on all ranks
  void broadcast(NDArray array, String what);

  /// {@return the text of rank 0}
  ///
  /// @param text that of this rank, which only on rank 0 matters
  String broadcast(String text, String what);

  /// Ends all processes, this one too, with a failure. Where there is no other process, it returns.
  ///
  /// @param why a sentence for people, which has been told
  void abort(String why);

  /// Sums a few numbers over all ranks, and refuses ranks that are not at the same place of the
  /// loop, for which a callback that took another way on one of them is to blame.
  ///
  /// @param what for messages
  /// @param place a number of the place, the same on all ranks; what is beyond 2^20 is cut off
  /// @param values at most six
  /// @return their sums
  /// @throws IllegalStateException if the ranks are at different places
  default double[] meet(String what, long place, double... values) {
    double here = place & 0xFFFFF;
    var all = new double[8]; // always as many, so that ranks at different places find out
    all[0] = here;
    all[1] = here * here;
    System.arraycopy(values, 0, all, 2, values.length);
    sum(all, what);
    if (all[0] != size() * here || all[1] != size() * here * here) {
      throw new IllegalStateException(
          ("the ranks are at different places of the training (rank %d of %d is at the %s); a callback"
                  + " decided on one rank what it did not on the others")
              .formatted(rank(), size(), what));
    }
    return Arrays.copyOfRange(all, 2, 2 + values.length);
  }

  /// {@return whether a number is the same on all ranks}
  default boolean agree(long value, String what) {
    long[] both = {value, ~value};
    max(both, what);
    return both[0] == ~both[1];
  }

  @Override
  default void close() {}
}
