package io.antiphon.examples.trainingprocess;

import ai.djl.ndarray.NDManager;
import io.antiphon.core.Callback;
import io.antiphon.core.CancelBatchException;
import io.antiphon.core.CancelEpochException;
import io.antiphon.core.CancelException;
import io.antiphon.core.CancelFitException;
import io.antiphon.core.CancelTrainException;
import io.antiphon.core.CancelValidateException;
import io.antiphon.core.Event;
import io.antiphon.core.FitResult;
import io.antiphon.core.LambdaCallback;
import io.antiphon.core.Learner;
import io.antiphon.core.Pass;
import io.antiphon.core.spi.DataProvider;
import io.antiphon.core.spi.DataProvider.Data;
import io.antiphon.data.Glyphs;
import io.antiphon.data.Mnist;
import io.antiphon.losses.CrossEntropy;
import io.antiphon.metrics.Accuracy;
import io.antiphon.metrics.Recorder;
import io.antiphon.models.Mlp;
import io.antiphon.models.ModelResetter;
import io.antiphon.models.Rnn;
import io.antiphon.optim.Adam;
import io.antiphon.optim.Sgd;
import io.antiphon.schedule.LrCurve;
import io.antiphon.schedule.LrFinder;
import io.antiphon.schedule.Suggestion;
import io.antiphon.text.StreamLoader;
import io.antiphon.training.Ema;
import io.antiphon.training.GradientCentralization;
import io.antiphon.training.GradientClip;
import io.antiphon.training.TerminateOnNan;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;

/// The training process: callbacks of a language model, a loss that is not a number, the five
/// cancels, a learning-rate finder, an ablation. The argument, if there is one, is the folder of
/// MNIST's files; without it digits are drawn.
public final class Main {
  public static void main(String[] args) {
    DataProvider digits =
        args.length > 0 ? new Mnist().dir(Path.of(args[0])) : new Glyphs.Options();
    try (NDManager manager = NDManager.newBaseManager()) {
      Data data = digits.create(new DataProvider.Setting(manager, 42));

      System.out.println("a language model of numbers in words, accuracy of the next word:");
      System.out.printf("  forgets between parts      %.3f%n", words(manager, 5, resetter()));
      System.out.printf(
          "  and is regularised         %.3f%n",
          words(manager, 5, resetter(), new Regularizer(2, 1)));

      var recorder = new Recorder();
      System.out.println(diverge(data, recorder).outcome());
      System.out.println("  losses recorded: " + recorder.losses().length);

      System.out.println("cancels at the third batch:");
      cancels(data).forEach(line -> System.out.println("  " + line));

      LrCurve curve = find(data);
      System.out.printf(
          "finder: %d rates, suggests %.2g%n",
          curve.lrs().size(), curve.suggest(Suggestion.VALLEY).orElse(Double.NaN));

      System.out.println("ablation, accuracy:");
      ablation(data, 3)
          .forEach((name, accuracy) -> System.out.printf("  %-32s %.4f%n", name, accuracy));
    }
  }

  /// {@return a callback that makes a recurrent model forget where a part begins}
  static Callback resetter() {
    Consumer<Pass> reset = pass -> ModelResetter.reset(pass.fit().model());
    return new LambdaCallback("resetter").beforeTrain(reset).beforeValidate(reset);
  }

  static Learner.Builder learner(Data data, double rate) {
    return Learner.builder()
        .model(Mlp.of(new Mlp.Options(), 10))
        .loss(new CrossEntropy())
        .optimizer(Sgd.of(rate))
        .train(data.train())
        .valid(data.valid().orElseThrow())
        .metrics(new Accuracy());
  }

  /// {@return a learner that tells the next word}
  static Learner.Builder language(NDManager manager) {
    Rnn.Options sizes = new Rnn.Options().embedding(32).hidden(64).dropout(0.2);
    return Learner.builder()
        .model(Rnn.of(sizes, HumanNumbers.WORDS.size()))
        .loss(new CrossEntropy())
        .optimizer(Adam.of(1e-2))
        .train(StreamLoader.of(manager, HumanNumbers.tokens(1, 7999), 64, 16))
        .metrics(new Accuracy());
  }

  static StreamLoader unseen(NDManager manager) {
    return StreamLoader.of(manager, HumanNumbers.tokens(8000, 9999), 64, 16);
  }

  private static double words(NDManager manager, int epochs, Callback... callbacks) {
    try (Learner learner = language(manager).valid(unseen(manager)).build()) {
      return accuracy(learner.fit(epochs, callbacks));
    }
  }

  /// Trains at a rate at which the loss soon is not a number.
  static FitResult diverge(Data data, Recorder recorder) {
    try (Learner learner = learner(data, 1e30).build()) {
      return learner.fit(1, recorder, new TerminateOnNan()); // which has its place before
    }
  }

  /// {@return what comes of each cancel}
  static List<String> cancels(Data data) {
    return List.of(
        cancel(data, true, CancelBatchException::new),
        cancel(data, true, CancelTrainException::new),
        cancel(data, false, CancelValidateException::new),
        cancel(data, true, CancelEpochException::new),
        cancel(data, true, CancelFitException::new));
  }

  private static String cancel(
      Data data, boolean inTraining, Function<String, CancelException> cancel) {
    var heard = new ArrayList<Event>();
    try (Learner learner = learner(data, 0.1).build()) {
      FitResult result = learner.fit(1, new Cancelling(inTraining, cancel, heard));
      return "%s %s: %d steps, %s, %s"
          .formatted(
              cancel.apply("").getClass().getSimpleName(),
              heard.stream().filter(event -> event.hook().startsWith("afterCancel")).toList(),
              Collections.frequency(heard, Event.AFTER_STEP),
              result.valid().isPresent() ? "validated" : "not validated",
              result.outcome().isFinished() ? "the fit finished" : "the fit was cancelled");
    }
  }

  /// {@return the curve of the learning-rate finder, which leaves its learner as it was}
  static LrCurve find(Data data) {
    try (Learner learner = learner(data, 0.1).build()) {
      return LrFinder.STANDARD.find(learner);
    }
  }

  /// {@return the accuracy with all callbacks, and without each of them}
  static Map<String, Double> ablation(Data data, int epochs) {
    var table = new LinkedHashMap<String, Double>();
    for (String each : List.of("nothing", "ema", "gradient-clip", "gradient-centralization")) {
      try (Learner learner = learner(data, 0.1).build()) {
        learner.add(new Ema.Options().create());
        learner.add(new GradientClip.Options().create());
        learner.add(new GradientCentralization.Options().create());
        learner.callback(each).ifPresent(learner::remove);
        table.put("without " + each, accuracy(learner.fit(epochs)));
      }
    }
    return table;
  }

  private static double accuracy(FitResult result) {
    return result.valid().orElseThrow().metrics().get("accuracy");
  }
}
