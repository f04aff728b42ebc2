/// Callbacks that watch a training from inside.
///
/// Numbers of steps are computed and kept on the device, and read once per epoch: nothing here
/// waits for the device in the loop, but `spike-rollback`, which must know each loss.
package io.antiphon.watch;
