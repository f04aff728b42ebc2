package io.antiphon.core.options;

import io.antiphon.core.spi.CallbackProvider;
import io.antiphon.core.spi.DataProvider;
import io.antiphon.core.spi.LossProvider;
import io.antiphon.core.spi.MetricProvider;
import io.antiphon.core.spi.ModelProvider;
import io.antiphon.core.spi.OptimizerProvider;
import io.antiphon.core.spi.PolicyProvider;
import io.antiphon.core.spi.Provider;
import io.antiphon.core.spi.RanksProvider;
import io.antiphon.core.spi.SplitterProvider;
import io.antiphon.core.spi.TokenizerProvider;
import java.util.List;
import java.util.Optional;

/// A kind of component: what its records of options implement, and what people call it.
///
/// @param <P> that interface
public final class Kind<P extends Provider> {
  public static final Kind<DataProvider> DATA = new Kind<>("data", "data", DataProvider.class);
  public static final Kind<TokenizerProvider> TOKENIZER =
      new Kind<>("tokenizer", "tokenizers", TokenizerProvider.class);
  public static final Kind<ModelProvider> MODEL =
      new Kind<>("model", "models", ModelProvider.class);
  public static final Kind<SplitterProvider> SPLITTER =
      new Kind<>("splitter", "splitters", SplitterProvider.class);
  public static final Kind<LossProvider> LOSS = new Kind<>("loss", "losses", LossProvider.class);
  public static final Kind<OptimizerProvider> OPTIMIZER =
      new Kind<>("optimizer", "optimizers", OptimizerProvider.class);
  public static final Kind<PolicyProvider> POLICY =
      new Kind<>("policy", "policies", PolicyProvider.class);
  public static final Kind<MetricProvider> METRIC =
      new Kind<>("metric", "metrics", MetricProvider.class);
  public static final Kind<CallbackProvider> CALLBACK =
      new Kind<>("callback", "callbacks", CallbackProvider.class);

  public static final Kind<RanksProvider> CLUSTER =
      new Kind<>("cluster", "clusters", RanksProvider.class);

  private static final List<Kind<?>> ALL =
      List.of(DATA, TOKENIZER, MODEL, SPLITTER, LOSS, OPTIMIZER, POLICY, METRIC, CALLBACK, CLUSTER);

  private final String singular;
  private final String plural;
  private final Class<P> service;

  private Kind(String singular, String plural, Class<P> service) {
    this.singular = singular;
    this.plural = plural;
    this.service = service;
  }

  /// {@return all kinds, in the order of an experiment file}
  public static List<Kind<?>> all() {
    return ALL;
  }

  /// {@return the kind whose records of options implement an interface}
  static Optional<Kind<?>> of(Class<?> service) {
    for (Kind<?> kind : ALL) {
      if (kind.service == service) {
        return Optional.of(kind);
      }
    }
    return Optional.empty();
  }

  /// {@return the kind of a name, singular or plural}
  public static Optional<Kind<?>> named(String name) {
    for (Kind<?> kind : ALL) {
      if (kind.singular.equals(name) || kind.plural.equals(name)) {
        return Optional.of(kind);
      }
    }
    return Optional.empty();
  }

  /// {@return the name of one: `policy`}
  public String singular() {
    return singular;
  }

  /// {@return the name of several: `policies`}
  public String plural() {
    return plural;
  }

  /// {@return what its records of options implement}
  public Class<P> service() {
    return service;
  }

  @Override
  public String toString() {
    return singular;
  }
}
