/// What Antiphon needs of libtorch and DJL's public API does not give.
///
/// - [io.antiphon.torch.Autograd] grad mode per thread, and the backward pass
/// - [io.antiphon.torch.Autocast] computing in bfloat16 or float16, as a scope
/// - [io.antiphon.torch.Cast] conversion of floating-point types, recorded for gradients
/// - [io.antiphon.torch.Capabilities] what a device can do
/// - [io.antiphon.torch.SelfCheck] whether its convolutions are right here
/// - [io.antiphon.torch.Diagnosis] all of that for people
/// - [io.antiphon.torch.Gradients] the gradients of a model, each operation one native call
/// - [io.antiphon.torch.Machine] what the last bits of a result depend on
/// - [io.antiphon.torch.Memory] the memory of an array, without a copy
/// - [io.antiphon.torch.RandomStream] seeds as a pure function of (seed, stream, epoch, step)
/// - [io.antiphon.torch.Safetensors] arrays by name in files
/// - [io.antiphon.torch.TorchScript] any ATen operator, from TorchScript text
package io.antiphon.torch;
