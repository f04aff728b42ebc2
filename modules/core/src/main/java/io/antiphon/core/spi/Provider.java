package io.antiphon.core.spi;

/// Makes components of one kind, found by `ServiceLoader` and named by [Id].
///
/// A provider has a public no-argument constructor, holds no state, and loads no native code before
/// it creates something. Its options are a record: their names are the record's components in
/// kebab-case, their defaults are [#defaults], and values out of range throw an
/// [IllegalArgumentException] in the record's compact constructor. The provider's module `opens`
/// the record's package to `io.antiphon.core`. A relative path among the defaults means the run's
/// own folder if the component is a callback, and the current folder else.
///
/// @param <O> the record of its options
public sealed interface Provider<O extends Record>
    permits CallbackProvider,
        DataProvider,
        LossProvider,
        MetricProvider,
        ModelProvider,
        OptimizerProvider,
        PolicyProvider,
        SplitterProvider {
  /// {@return the options that hold where nothing else is said}
  O defaults();
}
