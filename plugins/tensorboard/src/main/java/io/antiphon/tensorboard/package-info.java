/// The callback [io.antiphon.tensorboard.TensorBoard], known as `tensorboard`.
package io.antiphon.tensorboard;
