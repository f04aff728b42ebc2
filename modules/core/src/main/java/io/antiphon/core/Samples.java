package io.antiphon.core;

import ai.djl.ndarray.NDList;

/// One batch of data.
///
/// @param inputs what the model gets, `[B, …]` each
/// @param targets what the loss compares with, `[B, …]` each; empty if unknown
/// @param size B, the number of samples
public record Samples(NDList inputs, NDList targets, int size) {}
