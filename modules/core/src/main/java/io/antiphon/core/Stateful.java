package io.antiphon.core;

import ai.djl.ndarray.NDManager;
import java.util.Optional;

/// What remembers something between batches: a callback, an optimizer, a schedule, a scaler, a
/// loader.
///
/// Its memory is one record of numbers, strings, enums, records, sealed interfaces of records, and
/// lists, optionals and maps (from strings) of these, and arrays (`NDList`), so that a checkpoint
/// can hold it without knowing the class; its package is open to `io.antiphon.core` if the record
/// is not public. Saved, restored and continued, a run equals one that was never interrupted, but
/// for what [#resumeLimit] says.
///
/// A run that was saved in the middle of an epoch goes on in another process: the memory is brought
/// back, then `BEFORE_FIT`, `BEFORE_EPOCH` and `BEFORE_TRAIN` are heard once more, and the next
/// batch comes. What starts anew at these events must not do so then; [Fit#isResumed],
/// [Epoch#isResumed] and [Pass#isResumed] tell.
///
/// @param <S> the record; its version grows when its components change meaning
public interface Stateful<S extends Record> {
  /// {@return a copy of the memory, independent of what happens next}
  ///
  /// @param manager who owns the arrays in it
  S state(NDManager manager);

  /// Takes a memory over, copying its arrays.
  ///
  /// @throws IllegalArgumentException if it does not fit, with a sentence that says why
  void restore(S state);

  /// {@return the type of the record}
  Class<S> stateType();

  /// {@return whether the memory follows the model's weights, as averages of them do, so that
  /// whoever brings old weights back brings the memory of that time back, too; by default not}
  default boolean followsWeights() {
    return false;
  }

  /// {@return whether what it remembers within an epoch comes from the rows of this process alone,
  /// where several train together, as the state of recurrent layers does; by default not}
  default boolean isOfOwnRows() {
    return false;
  }

  /// {@return what of it is in no checkpoint, so that a run that goes on may differ from one that
  /// was never interrupted: a clause, told before the run; by default nothing}
  default Optional<String> resumeLimit() {
    return Optional.empty();
  }

  /// {@return the version of the record's meaning, from 1}
  default int stateVersion() {
    return 1;
  }
}
