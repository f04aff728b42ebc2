package io.antiphon.arrays;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.antiphon.core.DataLoader;
import io.antiphon.core.spi.DataProvider.Data;
import io.antiphon.core.spi.DataProvider.Setting;
import io.antiphon.core.spi.Task;
import io.antiphon.core.spi.Task.Goal;
import io.antiphon.data.DataException;
import io.antiphon.data.Idx;
import io.antiphon.data.PrefetchLoader;
import io.antiphon.data.Split;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/// From files to data.
record Preparation(ArrayFiles options) {
  private static final String[] VALIDATION = {"_valid", "_val", "_test"};

  Data data(Setting setting) {
    if (options.file().toString().isEmpty()) {
      throw new DataException("arrays names no file; write file: NAME.npz");
    }
    ArrayFile file = ArrayFile.open(options.file());
    StoredArray inputs = shaped(file.need(options.inputs(), "_train"));
    StoredArray wanted = targets(file, options.targetsFile(), "_train");
    checkCounts(inputs, wanted);
    ArrayTargets targets = ArrayTargets.of(wanted, options.task(), options.classes());
    Optional<ArrayFile> other = other(file);
    Split split =
        other.isPresent() ? Split.of(new boolean[inputs.count()]) : split(file, targets, setting);
    Moments moments = moments(inputs, split.train(), setting.seed());
    PrefetchLoader all = loader(setting.manager(), inputs, Optional.of(targets), moments);
    PrefetchLoader train = all.part(split.train()).shuffled();
    Optional<DataLoader> valid =
        other.isPresent()
            ? other.map(given -> given(setting.manager(), given, inputs, targets, moments))
            : Optional.of(split.valid()).filter(v -> v.length > 0).map(v -> all.part(v));
    if (other.isEmpty() && targets.goal() == Goal.CLASSIFICATION && split.valid().length > 0) {
      checkClasses(targets, split);
    }
    var task =
        new Task(
            targets.goal(),
            Task.of(train.inputShapes()),
            targets.names(),
            targets.scales(split.train()));
    return new Data(train, valid, task, Optional.of(fitted(inputs, targets, moments)), List.of());
  }

  /// {@return the samples of another file, in its order, all of them}
  DataLoader read(Setting setting, Path source) {
    if (options.shape().isEmpty() || options.task() == ArrayFiles.Targets.AUTO) {
      throw new IllegalStateException(
          "arrays read other files once they are fitted; see Data.fitted");
    }
    ArrayFile file = ArrayFile.open(source);
    StoredArray inputs =
        shaped(
            file.arrays().size() == 1
                ? file.arrays().values().iterator().next().get()
                : file.need(options.inputs(), "_test", "_valid", "_val", "_train"));
    Optional<StoredArray> wanted = Optional.empty();
    Optional<Path> other = other(file, options.targetsFile());
    if (other.isPresent()) {
      wanted = Optional.of(ArrayFile.open(other.get()).need(options.targets()));
    } else if (file.arrays().size() > 1) {
      wanted = file.find(options.targets(), List.of("_test", "_valid", "_val", "_train"));
    }
    wanted.ifPresent(targets -> checkCounts(inputs, targets));
    Optional<ArrayTargets> targets =
        wanted.map(array -> ArrayTargets.of(array, options.task(), options.classes()));
    if (targets.isPresent() && targets.get().goal() == Goal.CLASSIFICATION) {
      var _ = targets.get().perSample();
    }
    return loader(
        setting.manager(), inputs, targets, new Moments(options.mean(), options.deviation()));
  }

  private StoredArray targets(ArrayFile file, Optional<Path> own, String... endings) {
    Optional<Path> other = other(file, own);
    if (other.isEmpty() && file.isAlone()) {
      throw new DataException(
          "%s has one array; name the file of its targets by targets-file".formatted(file.path()));
    }
    ArrayFile source = other.map(ArrayFile::open).orElse(file);
    return source.need(options.targets(), endings);
  }

  /// {@return the other file that has the targets: the one that is named, or that lies beside}
  private static Optional<Path> other(ArrayFile file, Optional<Path> named) {
    return named.isEmpty() && file.isAlone() ? Idx.labels(file.path()) : named;
  }

  private static void checkCounts(StoredArray inputs, StoredArray targets) {
    if (inputs.count() != targets.count()) {
      throw new DataException(
          "%s has %,d samples, but %s has %,d"
              .formatted(inputs.what(), inputs.count(), targets.what(), targets.count()));
    }
  }

  /// {@return the file of what validates, if that is given}
  private Optional<ArrayFile> other(ArrayFile file) {
    if (options.validFile().isPresent()) {
      if (options.split().isPresent()) {
        throw new DataException("valid-file and split both say what validates; name one");
      }
      return options.validFile().map(ArrayFile::open);
    }
    boolean has =
        !file.isAlone()
            && options.split().isEmpty()
            && Arrays.stream(VALIDATION)
                .anyMatch(end -> file.arrays().containsKey(options.inputs() + end));
    return has ? Optional.of(file) : Optional.empty();
  }

  private PrefetchLoader given(
      NDManager manager, ArrayFile file, StoredArray train, ArrayTargets targets, Moments moments) {
    boolean own = options.validFile().isPresent();
    StoredArray inputs =
        shaped(own ? file.need(options.inputs(), VALIDATION) : found(file, options.inputs()));
    if (!Arrays.equals(inputs.sampleShape(), train.sampleShape())
        || Moments.unit(inputs) != Moments.unit(train)) {
      throw new DataException("%s does not have samples like those of %s".formatted(inputs, train));
    }
    StoredArray wanted =
        own
            ? targets(file, options.validTargetsFile(), VALIDATION)
            : found(file, options.targets());
    checkCounts(inputs, wanted);
    ArrayTargets others = targets.with(wanted);
    if (others.goal() == Goal.CLASSIFICATION) {
      var _ = others.perSample();
    }
    return loader(manager, inputs, Optional.of(others), moments);
  }

  private static StoredArray found(ArrayFile file, String name) {
    for (String end : VALIDATION) {
      if (file.arrays().containsKey(name + end)) {
        return file.need(name + end);
      }
    }
    return file.need(name + VALIDATION[0]);
  }

  private Split split(ArrayFile file, ArrayTargets targets, Setting setting) {
    int count = targets.array().count();
    if (options.split().isPresent()) {
      StoredArray says = oneEach(file, options.split().get(), count);
      var valid = new boolean[count];
      for (int i = 0; i < count; i++) {
        valid[i] = says.type().number(says.sample(i), 0) != 0;
      }
      Split split = Split.of(valid);
      if (split.train().length == 0 || split.valid().length == 0) {
        throw new DataException(
            "%s leaves nothing to %s; it must be 0 for what trains, and 1 for what validates"
                .formatted(says.what(), split.train().length == 0 ? "train" : "validate"));
      }
      return split;
    }
    if (options.group().isPresent()) {
      StoredArray groups = oneEach(file, options.group().get(), count);
      return Split.byGroup(
          setting.seed(),
          IntStream.range(0, count)
              .mapToObj(i -> Double.toString(groups.type().number(groups.sample(i), 0)))
              .toList(),
          options.valid());
    }
    return targets.goal() == Goal.CLASSIFICATION
        ? Split.stratified(setting.seed(), targets.perSample(), options.valid())
        : Split.byShare(setting.seed(), count, options.valid());
  }

  private static StoredArray oneEach(ArrayFile file, String name, int count) {
    if (file.isAlone()) {
      throw new DataException(
          "%s has one array, and so no array '%s'".formatted(file.path(), name));
    }
    StoredArray array = file.need(name);
    if (array.count() != count || array.sampleSize() != 1) {
      throw new DataException(
          "%s has the shape %s, not [%d]".formatted(array.what(), array.shape(), count));
    }
    return array;
  }

  private static void checkClasses(ArrayTargets targets, Split split) {
    int[] classes = targets.perSample();
    var trained = new boolean[targets.names().size()];
    for (int i : split.train()) {
      trained[classes[i]] = true;
    }
    for (int i : split.valid()) {
      if (!trained[classes[i]]) {
        throw new DataException(
            "%s: class '%s' is among the samples that validate but not among those that train"
                .formatted(targets.array().what(), targets.names().get(classes[i])));
      }
    }
  }

  /// {@return inputs as a model gets them}
  private StoredArray shaped(StoredArray all) {
    StoredArray array = all.dimensions() == 1 ? all.reshaped(new long[] {1}) : all;
    boolean bytes = array.type() == ElementType.UINT8;
    if (options.indices() && !array.type().isWhole()) {
      throw new DataException(
          "%s is %s, but indices are whole numbers"
              .formatted(array.what(), array.type().toString().toLowerCase(java.util.Locale.ROOT)));
    }
    StoredArray moved =
        switch (options.axes()) {
          case AS_IS -> array;
          case NONE -> array.withChannel();
          case LAST -> {
            if (array.dimensions() < 3) {
              throw new DataException(
                  "%s has the shape %s; axes: last needs [N, …, C]"
                      .formatted(array.what(), array.shape()));
            }
            yield array.channelsFirst();
          }
          case AUTO -> {
            if (!bytes || options.indices()) {
              yield array;
            } else if (array.dimensions() == 3) {
              yield array.withChannel();
            }
            boolean last =
                array.dimensions() == 4
                    && isChannels(array.length(3))
                    && !isChannels(array.length(1));
            yield last ? array.channelsFirst() : array;
          }
        };
    return options.shape().isEmpty()
        ? moved
        : moved.reshaped(options.shape().stream().mapToLong(Integer::longValue).toArray());
  }

  private static boolean isChannels(long length) {
    return length == 1 || length == 3 || length == 4;
  }

  private Moments moments(StoredArray inputs, int[] train, long seed) {
    if (options.indices()) {
      return new Moments(List.of(0.0), List.of(1.0));
    }
    boolean first =
        switch (options.scaling()) {
          case AUTO -> inputs.dimensions() == 2 || inputs.dimensions() == 4;
          case FIRST_AXIS -> true;
          case ALL, NONE -> false;
        };
    int parts = first && inputs.dimensions() > 1 ? (int) inputs.length(1) : 1;
    if (!options.mean().isEmpty()) {
      if (options.mean().size() != 1 && options.mean().size() != parts) {
        throw new DataException(
            "data.mean has %d numbers, but %s needs 1 or %d"
                .formatted(options.mean().size(), inputs.what(), parts));
      }
      return new Moments(options.mean(), options.deviation());
    }
    return options.scaling() == ArrayFiles.Scaling.NONE
        ? new Moments(List.of(0.0), List.of(1.0))
        : Moments.of(inputs, train, parts, seed);
  }

  private PrefetchLoader loader(
      NDManager manager, StoredArray inputs, Optional<ArrayTargets> targets, Moments moments) {
    double unit = Moments.unit(inputs);
    var shape = new Shape(moments.mean().size());
    for (int axis = 2; moments.mean().size() > 1 && axis < inputs.dimensions(); axis++) {
      shape = shape.add(1);
    }
    NDArray shift = manager.create(moments.shift(unit), shape);
    NDArray scale = manager.create(moments.scale(unit), shape);
    var samples =
        new ArraySamples(
            inputs, ArraySamples.Form.of(inputs, options.indices()), targets, shift, scale);
    int threads =
        options.threads() == 0 ? Runtime.getRuntime().availableProcessors() : options.threads();
    return PrefetchLoader.of(samples)
        .batchSize(options.batchSize())
        .threads(threads)
        .ahead(options.ahead());
  }

  /// {@return options with nothing left to be found out, and without what is only this machine's}
  private ArrayFiles fitted(StoredArray inputs, ArrayTargets targets, Moments moments) {
    var draft = new Draft(options);
    draft.file = Path.of("");
    draft.targetsFile = Optional.empty();
    draft.task = ArrayFiles.Targets.valueOf(targets.goal().name());
    draft.classes = targets.names();
    draft.validFile = Optional.empty();
    draft.validTargetsFile = Optional.empty();
    draft.split = Optional.empty();
    draft.group = Optional.empty();
    draft.shape = LongStream.of(inputs.sampleShape()).mapToObj(Math::toIntExact).toList();
    draft.mean = moments.mean();
    draft.deviation = moments.deviation();
    return draft.options();
  }
}
