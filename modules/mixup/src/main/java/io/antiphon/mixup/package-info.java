/// MixUp, CutMix, CutOut, random erasing, label smoothing, transforms of one's own, and a choice
/// among them.
///
/// What they share: only training batches change; a batch's own targets stay, and are always those
/// of the samples that dominate the mixed ones, so metrics need to know nothing; the loss changes
/// in a layer that the batch owns, so there is nothing to undo; draws are a pure function of the
/// run's seed, the epoch and the step.
package io.antiphon.mixup;
