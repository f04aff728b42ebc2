package io.antiphon.examples.fastaicallbacks;

import ai.djl.ndarray.NDManager;
import io.antiphon.core.FitResult;
import io.antiphon.core.Hyper;
import io.antiphon.core.Learner;
import io.antiphon.core.spi.DataProvider;
import io.antiphon.core.spi.DataProvider.Data;
import io.antiphon.data.Glyphs;
import io.antiphon.data.Mnist;
import io.antiphon.losses.CrossEntropy;
import io.antiphon.metrics.Accuracy;
import io.antiphon.metrics.Recorder;
import io.antiphon.models.Mlp;
import io.antiphon.notify.Notify;
import io.antiphon.notify.Service;
import io.antiphon.optim.AdamW;
import io.antiphon.plot.Plot;
import io.antiphon.progress.Progress;
import io.antiphon.schedule.OneCycle;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;

/// Records, plots, shows and schedules a training, and tells a telephone when it ends. The first
/// argument is a folder for the pictures, the second, if there is one, that of MNIST's files;
/// without it digits are drawn.
public final class Main {
  public static void main(String[] args) throws IOException {
    Path pictures = Path.of(args.length > 0 ? args[0] : "pictures");
    DataProvider digits =
        args.length > 1 ? new Mnist().dir(Path.of(args[1])) : new Glyphs.Options();
    var recorder = new Recorder();
    try (NDManager manager = NDManager.newBaseManager();
        var telephone = new Telephone()) {
      Data data = digits.create(new DataProvider.Setting(manager, 42));
      train(data, recorder, pictures, telephone);
      double[] losses = recorder.smoothedLosses();
      double highest = Arrays.stream(recorder.hyper(Hyper.LEARNING_RATE)).max().orElseThrow();
      System.out.printf(
          "%d batches: smoothed loss from %.3f to %.3f, rates of up to %.3f; pictures in %s%n",
          losses.length, losses[0], losses[losses.length - 1], highest, pictures);
      telephone.messages().forEach(message -> System.out.println("telephone: " + message));
    }
  }

  static FitResult train(Data data, Recorder recorder, Path pictures, Telephone telephone) {
    try (Learner learner =
        Learner.builder()
            .model(Mlp.of(new Mlp.Options(), 10))
            .loss(new CrossEntropy())
            .optimizer(AdamW.of(1e-3))
            .train(data.train())
            .valid(data.valid().orElseThrow())
            .metrics(new Accuracy())
            .callbacks(
                recorder,
                new Progress(),
                new Plot(pictures),
                new Notify(new Notify.Options(Service.SLACK), _ -> telephone.address()))
            .build()) {
      return OneCycle.of(3, 1e-2).fit(learner);
    }
  }
}
