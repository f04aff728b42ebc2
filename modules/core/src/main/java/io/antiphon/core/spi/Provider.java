package io.antiphon.core.spi;

/// A component that can be named, found by `ServiceLoader`: the record of its options, which makes
/// it.
///
/// ```
/// @Id("mixup")
/// @Summary("trains on weighted means of two samples and of their losses")
/// public record Options(@Summary("of Beta(alpha, alpha), in [0, 1000]") double alpha)
///     implements CallbackProvider {
///   public Options { Check.within("alpha", alpha, 0, 1000); }
///   public Options() { this(0.4); }
///   @Override public Callback create() { return new Mixup(this); }
/// }
/// ```
///
/// A public record, named by [Id] and listed in `module-info.java`: `provides CallbackProvider with
/// Mixup.Options`. Its constructor without arguments gives the defaults; its components, in
/// kebab-case, are the options, each told by a [Summary]; what is out of range its compact
/// constructor refuses by [io.antiphon.core.Check]. Listing components makes such records, so no
/// static initialiser of one may load native code. A package of records that is not exported
/// `opens` to `io.antiphon.core`. A relative path among the defaults means the run's own folder if
/// the component is a callback, and the current folder else.
public sealed interface Provider
    permits CallbackProvider,
        DataProvider,
        LossProvider,
        MetricProvider,
        ModelProvider,
        OptimizerProvider,
        PolicyProvider,
        RanksProvider,
        SplitterProvider,
        TokenizerProvider {}
