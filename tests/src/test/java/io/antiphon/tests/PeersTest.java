package io.antiphon.tests;

import static org.assertj.core.api.Assertions.assertThat;

import io.antiphon.core.options.Catalog;
import io.antiphon.core.options.Component;
import io.antiphon.core.options.Kind;
import io.antiphon.core.options.Option;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The page for those who come from another framework.
class PeersTest {
  private static final Pattern DEFAULT =
      Pattern.compile("\\| `([a-z-]+)` `([a-z-]+)` \\|(?:[^|]*\\|){4} `([^`]*)` \\|([^|]*)\\|");

  private static String page;

  @BeforeAll
  static void read() throws IOException {
    page = Files.readString(Checkout.root().resolve("docs/coming-from.md"));
  }

  @Test
  void theDefaultsThatArePutBesideThoseOfPeersAreTheDefaults() {
    var rows = DEFAULT.matcher(page).results().toList();
    assertThat(rows).hasSizeGreaterThan(30);
    assertThat(rows)
        .allSatisfy(row ->
            assertThat(defaultOf(row.group(1), row.group(2)))
                .as("%s of %s", row.group(2), row.group(1))
                .containsExactly(row.group(3)));
  }

  private static List<String> defaultOf(String id, String option) {
    return Stream.of(Kind.CALLBACK, Kind.OPTIMIZER, Kind.POLICY)
        .flatMap(kind -> Catalog.boot().components(kind).stream())
        .filter(component -> component.id().equals(id))
        .map(Component::options)
        .flatMap(List::stream)
        .filter(each -> each.name().equals(option))
        .map(Option::value)
        .toList();
  }

  /// What fastai, Keras, Lightning and Composer ship as callbacks, algorithms and loggers.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "ActivationStats AdaptiveGANSwitcher AzureML BnFreeze CSVLogger Captum CastToTensor"
            + " ChannelsLast CollectDataCallback Comet CutMix DistributedTrainer"
            + " EarlyStoppingCallback FetchPredsCallback FixedGANSwitcher GANDiscriminativeLR"
            + " GANTrainer Galileo GatherPredsCallback GradientAccumulation GradientClip HookCallback"
            + " LRFinder MCDropoutCallback MixUp MixedPrecision ModelResetter ModelToHalf Neptune"
            + " NonNativeMixedPrecision ParallelTrainer ParamScheduler PartialDL ProgressCallback"
            + " RNNCallback RNNRegularizer Recorder ReduceLROnPlateau SaveModelCallback"
            + " ShortEpochCallback ShowGraphCallback SkipToEpoch TensorBoardCallback"
            + " TensorBoardProjectorCallback TerminateOnNaNCallback TrainEvalCallback Wandb WeightedDL",
        "BackupAndRestore CSVLogger EarlyStopping History LambdaCallback LearningRateScheduler"
            + " ModelCheckpoint OrbaxCheckpoint ProgbarLogger ReduceLROnPlateau RemoteMonitor"
            + " SwapEMAWeights TensorBoard TerminateOnNaN",
        "BackboneFinetuning BaseFinetuning BatchSizeFinder DeviceStatsMonitor EMAWeightAveraging"
            + " EarlyStopping GradientAccumulationScheduler LambdaCallback LearningRateFinder"
            + " LearningRateMonitor ModelCheckpoint ModelPruning ModelSummary OnExceptionCheckpoint"
            + " PredictionWriter RichModelSummary RichProgressBar SpikeDetection"
            + " StochasticWeightAveraging TQDMProgressBar ThroughputMonitor Timer WeightAveraging",
        "Alibi AugMix BlurPool ChannelsLast ColOut CutMix CutOut EMA Factorize GatedLinearUnits"
            + " GhostBatchNorm GradientClipping GyroDropout LabelSmoothing LayerFreezing"
            + " LowPrecisionGroupNorm LowPrecisionLayerNorm MixUp NoOpModel ProgressiveResizing"
            + " RandAugment SAM SWA SelectiveBackprop SeqLengthWarmup SqueezeExcite StochasticDepth"
            + " WeightStandardization ActivationMonitor CheckpointSaver EarlyStopper"
            + " ExportForInference FreeOutputs Generate ImageVisualizer LRMonitor LoadCheckpoint"
            + " MLPerf MemoryMonitor MemorySnapshot NaNMonitor OOMObserver OptimizerMonitor"
            + " RuntimeEstimator SpeedMonitor SystemMetricsMonitor ThresholdStopper ConsoleLogger"
            + " FileLogger InMemoryLogger MLFlowLogger ProgressBarLogger SlackLogger"
            + " TensorboardLogger",
      })
  void everyCallbackOfAPeerHasAPlaceInIt(String names) {
    assertThat(Stream.of(names.split(" ")).filter(name -> !named(name))).isEmpty();
  }

  private static boolean named(String name) {
    return Pattern.compile("\\b" + name + "\\b").matcher(page).find();
  }
}
