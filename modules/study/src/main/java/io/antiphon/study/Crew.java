package io.antiphon.study;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// Runs trials in processes of their own, a number of them at once.
///
/// When this process is asked to end, the trials are: each ends after its batch, and no other one
/// begins.
final class Crew implements Runner {
  private static final int PATIENCE_SECONDS = 30;

  /// How a process ends by SIGINT and by SIGTERM.
  private static final List<Integer> BY_A_WISH = List.of(130, 143);

  private final StudyFolder study;
  private final List<Path> plugins;
  private final int atOnce;
  private final Progress progress;
  private final Map<Plan.Trial, Process> running = new HashMap<>();
  private final CountDownLatch over = new CountDownLatch(1);
  private final Thread hook = new Thread(this::end, "antiphon-crew");
  private volatile boolean asked;

  Crew(StudyFolder study, List<Path> plugins, int atOnce, Progress progress) {
    this.study = study;
    this.plugins = plugins;
    this.atOnce = atOnce;
    this.progress = progress;
    Runtime.getRuntime().addShutdownHook(hook);
  }

  @Override
  public boolean run(List<Plan.Trial> trials, OptionalInt pauseAfter) {
    var waiting = new ArrayDeque<>(Runner.missing(study, trials, pauseAfter));
    var ended = new LinkedBlockingQueue<Plan.Trial>();
    while (!waiting.isEmpty() || isBusy()) {
      while (!asked && !waiting.isEmpty() && count() < atOnce) {
        start(waiting.remove(), pauseAfter, ended);
      }
      if (asked && !isBusy()) {
        return false;
      }
      await(ended).ifPresent(trial -> close(trial, pauseAfter));
      progress.show(List.copyOf(current().keySet()));
    }
    return !asked;
  }

  private void start(
      Plan.Trial trial, OptionalInt pauseAfter, LinkedBlockingQueue<Plan.Trial> ended) {
    Process process = TrialProcess.start(study, plugins, trial, pauseAfter);
    synchronized (running) {
      running.put(trial, process);
    }
    progress.begun(trial);
    var _ = process.onExit().thenAccept(_ -> ended.add(trial));
  }

  private static Optional<Plan.Trial> await(LinkedBlockingQueue<Plan.Trial> ended) {
    try {
      return Optional.ofNullable(ended.poll(500, TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while trials ran", e);
    }
  }

  /// A process that died without a word is a trial that failed.
  private void close(Plan.Trial trial, OptionalInt pauseAfter) {
    Process process;
    synchronized (running) {
      process = Objects.requireNonNull(running.remove(trial));
    }
    int code = process.exitValue();
    if (asked || BY_A_WISH.contains(code)) {
      asked =
          true; // who asked one of them to end asked all, perhaps before this process heard of it
      return;
    }
    if (!Runner.missing(study, List.of(trial), pauseAfter).isEmpty()) {
      String signal = code > 128 ? ", by signal " + (code - 128) : "";
      Runner.failed(
          study,
          trial,
          "its process ended with exit code %d%s; what it said is in %s"
              .formatted(code, signal, study.log(trial)));
    }
    progress.ended(trial);
  }

  private Map<Plan.Trial, Process> current() {
    synchronized (running) {
      return Map.copyOf(running);
    }
  }

  private int count() {
    return current().size();
  }

  private boolean isBusy() {
    return !current().isEmpty();
  }

  private void end() {
    asked = true;
    current().values().forEach(Process::destroy); // which asks, and lets them end
    try {
      over.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    current().values().forEach(Process::destroy);
    over.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // the JVM is ending already, and the hook sees that the work is over
    }
  }
}
