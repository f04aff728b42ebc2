package io.antiphon.arrays;

import io.antiphon.core.Check;
import io.antiphon.core.DataLoader;
import io.antiphon.core.spi.DataProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Arrays in files, one sample per index of their first axis: NumPy's `.npz` and `.npy`,
/// safetensors, IDX. The content of a file tells which it is.
///
/// ```
/// DataProvider.Data digits = new ArrayFiles(Path.of("digits.npz")).create(new Setting(manager, 42));
/// Learner.builder().train(digits.train()).valid(digits.valid().orElseThrow()) …
/// ```
///
/// The array `inputs` is what a model gets, `[N, …]`, the array `targets` what it shall give. What
/// is not there under these names is looked for with `_train` behind them; `_valid`, `_val` or
/// `_test` name what validates; without such, a share is drawn. Numbers of any width and byte order
/// are read, row by row or in Fortran's order, which is slower. Elements are read where they lie in
/// the file, by threads ahead of the loop, so that there may be more than memory holds; only what
/// is compressed is unpacked into memory, outside the heap.
///
/// Inputs become float32 `[B, …]`, (value − mean) / deviation, where bytes count as numbers in `[0,
/// 1]`; or int64, if they are `indices`. Targets are, whatever `task` says or, by `auto`, their
/// type tells: whole numbers `[N]` classes, truth values `[N, L]` labels, whole numbers `[N, H, W]`
/// the classes of pixels, and other numbers `[N]` or `[N, K]` regression.
@Id("arrays")
@Summary("arrays in NumPy's files, safetensors or IDX; they may be larger than memory")
public record ArrayFiles(
    @Summary(
            ".npz, .safetensors, .npy or IDX file, plain or .gz if IDX, or a folder with .npy files")
        Path file,
    @Summary("name of the array that a model gets, [N, …]") String inputs,
    @Summary("name of the array of targets") String targets,
    @Summary("file of the targets, if they are in another one; of …images…, …labels… beside it")
        Optional<Path> targetsFile,
    @Summary("what the targets are; auto tells it by their type and shape") Targets task,
    @Summary("names of classes, labels or outputs; counted if none are listed")
        List<String> classes,
    @Summary("share of the samples that validates, in [0, 1), where it is not given") double valid,
    @Summary("file of the samples that validate, in the place of a share") Optional<Path> validFile,
    @Summary("file of their targets, if they are in another one") Optional<Path> validTargetsFile,
    @Summary("name of an array [N] that is not 0 for what validates, in the place of a share")
        Optional<String> split,
    @Summary("name of an array [N] of whole numbers: groups that stay together in a share")
        Optional<String> group,
    @Summary("where the channels of images are; auto tells it of arrays of bytes") Axes axes,
    @Summary("shape of a sample as a model gets it; empty: as it is in the file")
        List<Integer> shape,
    @Summary("what is brought to mean 0 and deviation 1 by itself") Scaling scaling,
    @Summary("mean, one or for each part that is scaled; empty: that of the training samples")
        List<Double> mean,
    @Summary("standard deviation, likewise") List<Double> deviation,
    @Summary("whether inputs are indices, of tokens say, and stay whole numbers") boolean indices,
    @Summary("samples per batch, at least 1") int batchSize,
    @Summary("threads that read ahead, 0 for one per processor") int threads,
    @Summary("batches that are read ahead at most; 0: as many as fit into 32 MiB, 4 to 64")
        int ahead)
    implements DataProvider {
  /// What the targets are.
  public enum Targets {
    /// What their type and shape tell.
    AUTO,
    /// A class, `[N]`.
    CLASSIFICATION,
    /// Labels that hold, `[N, L]`, 0 or 1.
    LABELS,
    /// A number or several, `[N]` or `[N, K]`.
    REGRESSION,
    /// A class per pixel, `[N, H, W]`.
    SEGMENTATION
  }

  /// Where the channels of images are.
  public enum Axes {
    /// Bytes `[N, H, W]` are grey images, bytes `[N, H, W, C]` with 1, 3 or 4 channels have them
    /// last, unless `[N, C, H, W]` does; all else is as it is.
    AUTO,
    /// A sample is what it is in the file.
    AS_IS,
    /// `[N, …]` becomes `[N, 1, …]`.
    NONE,
    /// `[N, …, C]` becomes `[N, C, …]`.
    LAST
  }

  /// What is standardised by itself.
  public enum Scaling {
    /// Each feature of `[N, F]`, each channel of `[N, C, H, W]`, all of other samples together.
    AUTO,
    /// Each index of a sample's first axis.
    FIRST_AXIS,
    /// All numbers alike.
    ALL,
    /// Nothing; bytes still become numbers in `[0, 1]`.
    NONE
  }

  public ArrayFiles {
    classes = List.copyOf(classes);
    shape = List.copyOf(shape);
    mean = List.copyOf(mean);
    deviation = List.copyOf(deviation);
    Check.below("valid", valid, 0, 1);
    for (int each : shape) {
      Check.atLeast("shape", each, 1);
    }
    for (double each : mean) {
      Check.finite("mean", each);
    }
    for (double each : deviation) {
      Check.above("deviation", each, 0);
    }
    if (mean.size() != deviation.size()) {
      throw Check.refused("deviation", deviation, "as long as mean, " + mean.size());
    }
    Check.atLeast("batch-size", batchSize, 1);
    Check.atLeast("threads", threads, 0);
    Check.atLeast("ahead", ahead, 0);
  }

  /// The arrays `x` and `y`; the file must be named.
  public ArrayFiles() {
    this(Path.of(""));
  }

  /// The arrays `x` and `y` of a file, of which a fifth validates if no arrays are there for it.
  public ArrayFiles(Path file) {
    this(
        file,
        "x",
        "y",
        Optional.empty(),
        Targets.AUTO,
        List.of(),
        0.2,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Axes.AUTO,
        List.of(),
        Scaling.AUTO,
        List.of(),
        List.of(),
        false,
        64,
        0,
        0);
  }

  /// {@return the same with another file}
  public ArrayFiles file(Path file) {
    return with(draft -> draft.file = file);
  }

  /// {@return the same with another array that a model gets}
  public ArrayFiles inputs(String name) {
    return with(draft -> draft.inputs = name);
  }

  /// {@return the same with another array of targets}
  public ArrayFiles targets(String name) {
    return with(draft -> draft.targets = name);
  }

  /// {@return the same with targets in a file of their own}
  public ArrayFiles targetsFile(Path file) {
    return with(draft -> draft.targetsFile = Optional.of(file));
  }

  /// {@return the same with targets that are such, whatever they look like}
  public ArrayFiles task(Targets task) {
    return with(draft -> draft.task = task);
  }

  /// {@return the same with these names of classes, labels or outputs}
  public ArrayFiles classes(String... names) {
    return with(draft -> draft.classes = List.of(names));
  }

  /// {@return the same with another share for validation, in [0, 1)}
  public ArrayFiles valid(double share) {
    return with(draft -> draft.valid = share);
  }

  /// {@return the same with samples of another file for validation}
  public ArrayFiles validFile(Path file) {
    return with(draft -> draft.validFile = Optional.of(file));
  }

  /// {@return the same with the targets of validation in a file of their own}
  public ArrayFiles validTargetsFile(Path file) {
    return with(draft -> draft.validTargetsFile = Optional.of(file));
  }

  /// {@return the same with an array that is not 0 for what validates}
  public ArrayFiles split(String name) {
    return with(draft -> draft.split = Optional.of(name));
  }

  /// {@return the same with an array of groups that stay together}
  public ArrayFiles group(String name) {
    return with(draft -> draft.group = Optional.of(name));
  }

  /// {@return the same with channels elsewhere}
  public ArrayFiles axes(Axes axes) {
    return with(draft -> draft.axes = axes);
  }

  /// {@return the same with samples of another shape of as many elements}
  public ArrayFiles shape(Integer... shape) {
    return with(draft -> draft.shape = List.of(shape));
  }

  /// {@return the same standardised in another way}
  public ArrayFiles scaling(Scaling scaling) {
    return with(draft -> draft.scaling = scaling);
  }

  /// {@return the same standardised by these numbers, one for each part that is scaled, or one for
  /// all}
  ///
  /// @param mean of values, where bytes are in [0, 1]
  /// @param deviation greater than 0
  public ArrayFiles standardized(List<Double> mean, List<Double> deviation) {
    return with(draft -> {
      draft.mean = mean;
      draft.deviation = deviation;
    });
  }

  /// {@return the same with inputs that stay whole numbers, or do not}
  public ArrayFiles indices(boolean indices) {
    return with(draft -> draft.indices = indices);
  }

  /// {@return the same in batches of this size}
  public ArrayFiles batchSize(int batchSize) {
    return with(draft -> draft.batchSize = batchSize);
  }

  /// {@return the same with another number of threads that read ahead, 0 for one per processor}
  public ArrayFiles threads(int threads) {
    return with(draft -> draft.threads = threads);
  }

  /// {@return the same with another number of batches that are read ahead}
  public ArrayFiles ahead(int ahead) {
    return with(draft -> draft.ahead = ahead);
  }

  private ArrayFiles with(Consumer<Draft> change) {
    var draft = new Draft(this);
    change.accept(draft);
    return draft.options();
  }

  /// {@inheritDoc}
  ///
  /// @throws io.antiphon.data.DataException if a file is missing or damaged, lacks an array, or an
  ///   array is not what it should be: a sentence with the file and the array
  @Override
  public Data create(Setting setting) {
    return new Preparation(this).data(setting);
  }

  /// {@inheritDoc}
  ///
  /// The source is a file or folder as for training. Inputs are the array of that name; in a file
  /// that has no such one, the array with `_test`, `_valid`, `_val` or `_train` behind its name, or
  /// the only array that there is. There are targets if the same file has them, if `targets-file`
  /// names them, or if a file beside does: `labels` for one array in a file of `images`.
  ///
  /// @throws io.antiphon.data.DataException as [#create]
  @Override
  public DataLoader read(Setting setting, Path source) {
    return new Preparation(this).read(setting, source);
  }
}
