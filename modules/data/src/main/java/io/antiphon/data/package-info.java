/// Data and how to load them.
///
/// - [io.antiphon.data.TensorLoader] arrays in memory, a batch gathered in one native call
/// - [io.antiphon.data.DatasetLoader] DJL's data sets
/// - [io.antiphon.data.StreamedLoader] streams, opened anew for every epoch
/// - [io.antiphon.data.Idx] IDX files, plain or gzip, such as MNIST's
/// - [io.antiphon.data.Glyphs] built-in digits, drawn from a seed
/// - [io.antiphon.data.Split] which samples train, and which validate
/// - [io.antiphon.data.Standardization] mean and deviation of what a model gets
package io.antiphon.data;
