package io.antiphon.core;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import ai.djl.util.Pair;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.antiphon.core.SavedFolder.Part;
import io.antiphon.torch.Autograd;
import io.antiphon.torch.Copies;
import io.antiphon.torch.Machine;
import io.antiphon.torch.Safetensors;
import io.antiphon.torch.SafetensorsException;
import java.io.IOException;
import java.lang.System.Logger;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/// A checkpoint that was opened, and what of it is not brought back yet.
final class SavedLearner implements AutoCloseable {
  static final String WEIGHTS = "weights.safetensors";
  static final String ARRAYS = "state.safetensors";
  static final String STATE = "state.json";

  private static final Logger LOGGER = System.getLogger(SavedLearner.class.getName());

  private final Path folder;
  private final Contents contents;
  private final Safetensors arrays;
  private final Map<String, JsonElement> memories = new LinkedHashMap<>();
  private final Deque<FitResult> over;

  /// What a checkpoint says beside weights and memories.
  ///
  /// @param ranks how many processes trained together
  /// @param untrained the parameters that require no gradient
  /// @param gradientsOf the parameters whose gradients are kept, none if all gradients are 0
  /// @param gradients theirs, in that order
  /// @param tunables the numbers of callbacks that others may change, by `callback.number`
  record Contents(
      long seed,
      long epochs,
      long steps,
      Machine machine,
      int ranks,
      Map<String, String> modules,
      List<String> untrained,
      List<SavedHyper> hypers,
      Map<String, Double> tunables,
      List<String> gradientsOf,
      NDList gradients,
      Progress progress) {
    boolean inEpoch() {
      return progress.open().flatMap(Progress.OpenFit::epoch).isPresent();
    }
  }

  /// A hyper-parameter of a group.
  record SavedHyper(String group, String hyper, double value) {}

  private SavedLearner(Path folder, Contents contents, Safetensors arrays, JsonObject memories) {
    this.folder = folder;
    this.contents = contents;
    this.arrays = arrays;
    memories.entrySet().forEach(each -> this.memories.put(each.getKey(), each.getValue()));
    over = new ArrayDeque<>(contents.progress().over());
  }

  /// Writes a learner.
  ///
  /// @param progress where it is, its arrays owned by the manager given
  /// @param resumable whether a fit can go on from there
  static void write(
      Learner learner, Path folder, Function<NDManager, Progress> progress, boolean resumable)
      throws IOException {
    try (NDManager scratch = NDManager.newBaseManager(learner.device());
        var _ = Autograd.off()) {
      scratch.setName("checkpoint");
      var arrays = new LinkedHashMap<String, NDArray>();
      Contents contents = contents(learner, progress.apply(scratch), scratch);
      var state = RecordJson.write(contents, "learner", arrays).getAsJsonObject();
      var memories = new JsonObject();
      stateful(learner)
          .forEach((key, part) -> memories.add(key, memory(key, part, scratch, arrays)));
      state.add("memories", memories);
      var manifest = new JsonObject();
      manifest.addProperty("format", Checkpoint.FORMAT);
      manifest.addProperty("version", Checkpoint.VERSION);
      manifest.addProperty("epochs", contents.epochs());
      manifest.addProperty("steps", contents.steps());
      manifest.addProperty("inEpoch", contents.inEpoch());
      manifest.addProperty("resumable", resumable);
      manifest.addProperty("written", Instant.now().toString());
      Map<String, NDArray> weights = weights(learner);
      SavedFolder.write(
          folder,
          Checkpoint.MANIFEST,
          manifest,
          List.of(
              new Part(
                  WEIGHTS,
                  (file, sum) ->
                      Safetensors.write(file, weights, Map.of("format", "pt"), sum::update)),
              new Part(
                  ARRAYS, (file, sum) -> Safetensors.write(file, arrays, Map.of(), sum::update)),
              Part.json(STATE, state)));
    }
  }

  private static Contents contents(Learner learner, Progress progress, NDManager scratch) {
    var untrained = new ArrayList<String>();
    for (Pair<String, Parameter> each : learner.model().getParameters()) {
      if (!each.getValue().requiresGradient()) {
        untrained.add(each.getKey());
      }
    }
    var hypers = new ArrayList<SavedHyper>();
    for (ParameterGroup group : learner.optimizer().groups()) {
      for (Hyper hyper : group.hypers()) {
        hypers.add(new SavedHyper(group.name(), hyper.name(), group.base(hyper)));
      }
    }
    var tunables = new LinkedHashMap<String, Double>();
    tunables(learner).forEach((name, tunable) -> tunables.put(name, tunable.layered().base()));
    boolean hasGradients = learner.hasGradients();
    return new Contents(
        learner.seed(),
        learner.epochsDone(),
        learner.stepsDone(),
        Machine.with(learner.threads()),
        learner.ranks().size(),
        modules(learner),
        untrained,
        hypers,
        tunables,
        hasGradients ? trained(learner) : List.of(),
        hasGradients ? learner.gradients().arrays(scratch) : new NDList(),
        progress);
  }

  /// The names of the parameters that have gradients, in their order.
  private static List<String> trained(Learner learner) {
    var names = new ArrayList<String>();
    for (ParameterGroup group : learner.optimizer().groups()) {
      for (Pair<String, Parameter> each : group.parameters()) {
        if (each.getValue().requiresGradient()) {
          names.add(each.getKey());
        }
      }
    }
    return names;
  }

  private static Map<String, NDArray> weights(Learner learner) {
    var weights = new LinkedHashMap<String, NDArray>();
    for (Pair<String, Parameter> each : learner.model().getParameters()) {
      weights.put(each.getKey(), each.getValue().getArray());
    }
    return weights;
  }

  private static Map<String, String> modules(Learner learner) {
    var modules = new TreeMap<String, String>();
    var parts = new ArrayList<Object>(learner.callbacks());
    parts.addAll(learner.metrics());
    parts.addAll(List.of(learner, learner.model(), learner.lossFunction(), learner.optimizer()));
    parts.add(learner.step());
    learner.parts().train.get().ifPresent(parts::add);
    learner.parts().valid.get().ifPresent(parts::add);
    for (Object part : parts) {
      Module module = part.getClass().getModule();
      if (module.isNamed()) {
        modules.put(module.getName(), module.getDescriptor().rawVersion().orElse(""));
      }
    }
    return modules;
  }

  /// {@return what remembers something in a learner, by names that are unique in it}
  private static Map<String, Stateful<?>> stateful(Learner learner) {
    var all = new LinkedHashMap<String, Stateful<?>>();
    List<Optimizer> optimizers = learner.optimizer().parts();
    for (Optimizer each : optimizers) {
      String part = each.groups().getFirst().part();
      put(all, optimizers.size() == 1 ? "optimizer" : "optimizer/" + part, each);
    }
    put(all, "step", learner.parts().step.base());
    learner.parts().train.base().ifPresent(data -> put(all, "train-data", data));
    learner.parts().valid.base().ifPresent(data -> put(all, "valid-data", data));
    callbacks(learner).forEach((name, callback) -> put(all, "callback/" + name, callback));
    return all;
  }

  private static void put(Map<String, Stateful<?>> all, String key, Object part) {
    if (part instanceof Stateful<?> stateful) {
      all.put(key, stateful);
    }
  }

  /// The callbacks by their names; of several of one name the later ones get a number.
  private static Map<String, Callback> callbacks(Learner learner) {
    var named = new LinkedHashMap<String, Callback>();
    for (Callback callback : learner.callbacks()) {
      String name = callback.name();
      for (int i = 2; named.containsKey(name); i++) {
        name = callback.name() + "#" + i;
      }
      named.put(name, callback);
    }
    return named;
  }

  private static Map<String, Tunable> tunables(Learner learner) {
    var tunables = new LinkedHashMap<String, Tunable>();
    callbacks(learner)
        .forEach((name, callback) ->
            callback.tunables().forEach(each -> tunables.put(name + "." + each.name(), each)));
    return tunables;
  }

  private static <S extends Record> JsonElement memory(
      String key, Stateful<S> part, NDManager scratch, Map<String, NDArray> arrays) {
    var json = new JsonObject();
    json.addProperty("type", part.stateType().getName());
    json.addProperty("version", part.stateVersion());
    json.add("state", RecordJson.write(part.state(scratch), key, arrays));
    return json;
  }

  /// Opens a checkpoint and brings back what a learner has now: everything but the memory of
  /// callbacks that are added later, and the place in its fit.
  ///
  /// @throws CheckpointException if it is not whole, or of another learner
  static SavedLearner load(Learner learner, Path folder) {
    SavedFolder opened = Checkpoint.opened(folder);
    Path weights = opened.file(WEIGHTS);
    Path memories = opened.file(ARRAYS);
    JsonObject state = opened.json(STATE);
    try (NDManager scratch = NDManager.newBaseManager(learner.device());
        var _ = Autograd.off()) {
      Safetensors arrays = Safetensors.open(memories);
      try {
        if (!(state.get("memories") instanceof JsonObject remembered)) {
          throw new IllegalArgumentException("memories are missing");
        }
        Contents contents =
            RecordJson.read(Contents.class, state, "learner", name -> arrays.read(name, scratch));
        var saved = new SavedLearner(folder, contents, arrays, remembered);
        saved.apply(learner, weights, scratch);
        contents.gradients().detach();
        contents.progress().open().ifPresent(fit -> fit.losses().detach());
        return saved;
      } catch (RuntimeException | Error e) {
        arrays.close();
        throw e;
      }
    } catch (IllegalArgumentException | SafetensorsException e) {
      throw new CheckpointException(folder, String.valueOf(e.getMessage()), e);
    }
  }

  private void apply(Learner learner, Path weights, NDManager scratch) {
    try (Safetensors saved = Safetensors.open(weights)) {
      Map<String, NDArray> there = weights(learner);
      Weights.check(there, saved);
      var read = new NDList();
      there.keySet().forEach(name -> read.add(saved.read(name, scratch)));
      Copies.write(read, new ArrayList<>(there.values()));
    }
    settings(learner);
    stateful(learner).forEach(this::bringBack);
    learner.done(contents.epochs(), contents.steps());
    learner.gradients().zero();
    compareWith(learner);
  }

  /// Says what is not as it was, so that what follows is not bit by bit what would have been.
  private void compareWith(Learner learner) {
    Machine here = Machine.with(learner.threads());
    if (!here.equals(contents.machine())) {
      LOGGER.log(
          Logger.Level.WARNING,
          "{0} was written on another machine or with other threads; what follows may differ in the"
              + " last bits: {1} there, {2} here",
          folder,
          contents.machine(),
          here);
    }
    if (!learner.ranks().leads()) {
      return; // what is the same on all ranks one tells
    }
    int ranks = learner.ranks().size();
    if (ranks != contents.ranks()) {
      LOGGER.log(
          Logger.Level.WARNING,
          "{0} was written by another number of processes ({1} there, {2} here): sums round"
              + " differently, dropout and other draws of a rank are others, and batch norm sees"
              + " other rows",
          folder,
          contents.ranks(),
          ranks);
    }
  }

  /// What is frozen, hyper-parameters and numbers of callbacks: all that a program sets between
  /// fits.
  private void settings(Learner learner) {
    Set<String> untrained = new HashSet<>(contents.untrained());
    for (Pair<String, Parameter> each : learner.model().getParameters()) {
      boolean frozen = untrained.contains(each.getKey());
      if (each.getValue().requiresGradient() == frozen) {
        each.getValue().freeze(frozen);
      }
    }
    for (SavedHyper each : contents.hypers()) {
      learner.optimizer().group(each.group()).set(new Hyper(each.hyper()), each.value());
    }
    tunables(learner)
        .forEach((name, tunable) -> {
          Double value = contents.tunables().get(name);
          if (value != null) {
            tunable.set(value);
          }
        });
  }

  private void bringBack(String key, Stateful<?> part) {
    // a fit that goes on takes it once more: a validation before it may have begun anew
    JsonElement memory = isOpen() ? memories.get(key) : memories.remove(key);
    if (memory == null) {
      throw new CheckpointException(
          folder,
          "it has nothing of %s, which remembers something; load it into a learner of the same parts"
              .formatted(named(key)));
    }
    restore(key, part, memory);
  }

  private <S extends Record> void restore(String key, Stateful<S> part, JsonElement memory) {
    try (NDManager scratch = NDManager.newBaseManager()) {
      if (!(memory instanceof JsonObject saved)
          || !saved.has("type")
          || !saved.has("version")
          || !saved.has("state")) {
        throw new IllegalArgumentException("it lacks its type, version or state");
      }
      String type = saved.get("type").getAsString();
      long version = saved.get("version").getAsLong();
      if (!type.equals(part.stateType().getName()) || version != part.stateVersion()) {
        throw new IllegalArgumentException(
            "it is version %d of %s, not version %d of %s"
                .formatted(version, type, part.stateVersion(), part.stateType().getName()));
      }
      part.restore(
          RecordJson.read(
              part.stateType(), saved.get("state"), key, name -> arrays.read(name, scratch)));
    } catch (IllegalArgumentException
        | IllegalStateException
        | UnsupportedOperationException
        | SafetensorsException e) {
      throw new CheckpointException(
          folder, "what it has of %s does not fit: %s".formatted(named(key), e.getMessage()), e);
    }
  }

  private static String named(String key) {
    return key.startsWith("callback/")
        ? "callback '" + key.substring("callback/".length()) + "'"
        : "the " + key.replace('-', ' ');
  }

  /// {@return whether a fit was open}
  boolean isOpen() {
    return contents.progress().open().isPresent();
  }

  /// {@return what the next fit returned, if it was over when the checkpoint was written}
  Optional<FitResult> nextOver() {
    return Optional.ofNullable(over.poll());
  }

  /// Brings back what is left, for the fit that goes on.
  void begin(Learner learner, Fit fit) {
    if (learner.seed() != contents.seed()) {
      throw new CheckpointException(
          folder,
          "its seed is %d, that of this learner %d; a fit goes on only with its own"
              .formatted(contents.seed(), learner.seed()));
    }
    try {
      settings(learner);
      for (Map.Entry<String, Stateful<?>> each : stateful(learner).entrySet()) {
        JsonElement memory = memories.remove(each.getKey());
        if (memory != null) {
          restore(each.getKey(), each.getValue(), memory);
        }
      }
      if (!memories.isEmpty()) {
        throw new CheckpointException(
            folder,
            "it has the memory of %s, which this learner lacks"
                .formatted(memories.keySet().stream().map(SavedLearner::named).toList()));
      }
      gradients(learner);
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(folder, String.valueOf(e.getMessage()), e);
    }
    contents.progress().open().ifPresent(fit::goOn);
  }

  private void gradients(Learner learner) {
    learner.gradients().zero();
    if (contents.gradientsOf().isEmpty()) {
      return;
    }
    if (!contents.gradientsOf().equals(trained(learner))) {
      throw new IllegalArgumentException("its gradients are of other parameters");
    }
    try (NDManager scratch = learner.manager().newSubManager()) {
      Copies.write(contents.gradients(), learner.gradients().arrays(scratch));
    }
  }

  @Override
  public void close() {
    contents.gradients().close();
    contents.progress().open().ifPresent(fit -> fit.losses().close());
    arrays.close();
  }
}
