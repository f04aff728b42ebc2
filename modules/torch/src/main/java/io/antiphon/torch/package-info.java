/// What Antiphon needs of libtorch and DJL's public API does not give.
///
/// - [io.antiphon.torch.Autograd] grad mode per thread, and the backward pass
/// - [io.antiphon.torch.TorchScript] any ATen operator, from TorchScript text
/// - [io.antiphon.torch.Kernels] the operators that a training loop needs, one native call each
/// - [io.antiphon.torch.RandomStream] seeds as a pure function of (seed, stream, epoch, step)
package io.antiphon.torch;
