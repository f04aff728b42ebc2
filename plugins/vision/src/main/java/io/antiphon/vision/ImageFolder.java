package io.antiphon.vision;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.antiphon.core.Check;
import io.antiphon.core.DataLoader;
import io.antiphon.core.spi.DataProvider;
import io.antiphon.core.spi.Id;
import io.antiphon.core.spi.Summary;
import io.antiphon.core.spi.Task;
import io.antiphon.data.DataException;
import io.antiphon.data.PrefetchLoader;
import io.antiphon.data.Split;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/// Images in a folder, and the class that each shows.
///
/// ```
/// var options = new ImageFolder.Options(Path.of("digits")).size(28, 28).batchSize(64);
/// ImageFolder digits = ImageFolder.read(manager, options, seed);
/// Learner.builder().train(digits.train()).valid(digits.valid().orElseThrow()) …
/// ```
///
/// The folder has a folder for each class, or folders `train` and `valid` (or `val`, `validation`,
/// `test`) with those; or a table names the images and their labels. Classes are counted from 0 in
/// the order of their names. Without a given validation part, a share of each class is drawn for it
/// from the seed. For segmentation every image has a mask instead: an image of its size, PNG, GIF
/// or BMP, whose values (of its first channel, or the indices into its palette) tell the classes of
/// the pixels.
///
/// Images are PNG, JPEG, BMP or GIF (its first picture), grey or with colours, of any size. Threads
/// read them ahead of the loop, as [PrefetchLoader] tells, so that there may be more than memory
/// holds; if all fit into a limit, they stay in memory once they are read. Inputs are float32 `[B,
/// C, H, W]`, (value / 255 − mean) / deviation for each channel; targets are int64 `[B]`, or `[B,
/// H, W]` with masks, where -100 is beside an image that is padded.
public final class ImageFolder {
  private static final int LARGEST_BY_DEFAULT = 224;
  private static final int STATISTICS = 1_000;

  private final PrefetchLoader train;
  private final Optional<PrefetchLoader> valid;
  private final List<String> classes;
  private final Map<String, Long> counts;
  private final Shape shape;
  private final Moments moments;
  private final List<String> notes;

  /// Grey or with colours.
  public enum Color {
    /// Grey if the first image is.
    AUTO,
    /// One channel.
    GREY,
    /// Red, green and blue.
    RGB
  }

  /// Which images, and what becomes of them.
  @Id("images")
  @Summary("images in a folder for each class, or named by a table; PNG, JPEG, BMP or GIF")
  public record Options(
      @Summary(
              "folder with a folder for each class, or with train and valid and in these the classes")
          Path dir,
      @Summary(
              "table (CSV) with a head line: a column with the images' files from dir on, then one with their labels; null: folders are classes")
          Optional<Path> labels,
      @Summary(
              "for segmentation, folder with a mask for each image, named alike, whose values tell the classes of pixels; null for none")
          Optional<Path> masks,
      @Summary(
              "height and width, one number if they are equal; empty: as the first image, at most 224")
          List<Integer> size,
      @Summary("how an image of another shape comes to that size") Resize resize,
      @Summary(
              "least share of an image that a random crop in training keeps, in (0, 1]; 1 for no random crop")
          double minScale,
      @Summary("grey or colours; auto: as the first image") Color color,
      @Summary("share of each class for validation where it is not given, in [0, 1)") double valid,
      @Summary(
              "classes in their order, with masks their values as texts; empty: those that are there")
          List<String> classes,
      @Summary("samples per batch, at least 1") int batchSize,
      @Summary(
              "mean of each channel's values in [0, 1]; empty: that of the training images, of 1,000 at most")
          List<Double> mean,
      @Summary("standard deviation of each channel; empty: that of the training images")
          List<Double> deviation,
      @Summary("what becomes of an image that cannot be read") Damage damaged,
      @Summary("threads that read ahead, up to 1024; 0 for one per processor") int threads,
      @Summary("batches that are read ahead at most; 0: as many as fit into 32 MiB, 4 to 64")
          int ahead,
      @Summary("MiB of images that are kept in memory if all fit; 0 for none") int cache)
      implements DataProvider {
    public Options {
      size = List.copyOf(size);
      classes = List.copyOf(classes);
      if (classes.stream().distinct().count() < classes.size()) {
        throw Check.refused("classes", classes, "names that differ");
      }
      mean = List.copyOf(mean);
      deviation = List.copyOf(deviation);
      if (size.size() > 2) {
        throw Check.refused("size", size, "height and width, as in [224, 224]");
      }
      for (int each : size) {
        Check.within("size", each, 1, 1 << 14);
      }
      if (labels.isPresent() && masks.isPresent()) {
        throw Check.refused("masks", masks.get(), "null where labels are given, or labels null");
      }
      Check.upTo("min-scale", minScale, 0, 1);
      Check.below("valid", valid, 0, 1);
      Check.atLeast("batch-size", batchSize, 1);
      for (double each : mean) {
        Check.finite("mean", each);
      }
      for (double each : deviation) {
        Check.above("deviation", each, 0);
      }
      if (mean.size() != deviation.size()) {
        throw Check.refused("deviation", deviation, "as long as mean, " + mean);
      }
      Check.within("threads", threads, 0, 1024);
      Check.atLeast("ahead", ahead, 0);
      Check.atLeast("cache", cache, 0);
    }

    /// The images in the folder `images`.
    public Options() {
      this(Path.of("images"));
    }

    /// A folder, of which a fifth is for validation, in batches of 64 of the first image's size.
    public Options(Path dir) {
      this(
          dir,
          Optional.empty(),
          Optional.empty(),
          List.of(),
          Resize.CROP,
          1,
          Color.AUTO,
          0.2,
          List.of(),
          64,
          List.of(),
          List.of(),
          Damage.REFUSE,
          0,
          0,
          256);
    }

    /// {@return the same with labels from a table}
    public Options labels(Path table) {
      return with(draft -> draft.labels = Optional.of(table));
    }

    /// {@return the same with masks from a folder}
    public Options masks(Path folder) {
      return with(draft -> draft.masks = Optional.of(folder));
    }

    /// {@return the same at another size}
    public Options size(int height, int width) {
      return with(draft -> draft.size = List.of(height, width));
    }

    /// {@return the same with another way in which images come to their size}
    public Options resize(Resize resize) {
      return with(draft -> draft.resize = resize);
    }

    /// {@return the same with random crops in training that keep this share at least, in (0, 1]}
    public Options minScale(double share) {
      return with(draft -> draft.minScale = share);
    }

    /// {@return the same in grey or with colours}
    public Options color(Color color) {
      return with(draft -> draft.color = color);
    }

    /// {@return the same of which this share of each class validates, in [0, 1)}
    public Options valid(double share) {
      return with(draft -> draft.valid = share);
    }

    /// {@return the same with these classes, in this order}
    public Options classes(String... classes) {
      return with(draft -> draft.classes = List.of(classes));
    }

    /// {@return the same in batches of this size}
    public Options batchSize(int batchSize) {
      return with(draft -> draft.batchSize = batchSize);
    }

    /// {@return the same standardised by these numbers, one for each channel or one for all}
    ///
    /// @param mean of values in [0, 1]
    /// @param deviation greater than 0
    public Options standardized(List<Double> mean, List<Double> deviation) {
      return with(draft -> {
        draft.mean = mean;
        draft.deviation = deviation;
      });
    }

    /// {@return the same with another rule for images that cannot be read}
    public Options damaged(Damage damaged) {
      return with(draft -> draft.damaged = damaged);
    }

    /// {@return the same read by this many threads, 0 for one per processor}
    public Options threads(int threads) {
      return with(draft -> draft.threads = threads);
    }

    /// {@return the same with at most this many batches read ahead}
    public Options ahead(int batches) {
      return with(draft -> draft.ahead = batches);
    }

    /// {@return the same kept in memory if all fit into this many MiB}
    public Options cache(int mebibytes) {
      return with(draft -> draft.cache = mebibytes);
    }

    private Options with(Consumer<Draft> change) {
      var draft = new Draft(this);
      change.accept(draft);
      return draft.options();
    }

    @Override
    public Data create(Setting setting) {
      ImageFolder folder = ImageFolder.read(setting.manager(), this, setting.seed());
      return new Data(
          folder.train,
          folder.valid.map(loader -> loader),
          new Task(
              masks.isPresent() ? Task.Goal.SEGMENTATION : Task.Goal.CLASSIFICATION,
              Task.of(folder.train.inputShapes()),
              folder.classes),
          Optional.of(fitted(folder)),
          folder.notes);
    }

    /// {@return options with nothing left to be found out, and without what is only this machine's}
    private Options fitted(ImageFolder folder) {
      return new Options(
          Path.of(""),
          Optional.empty(),
          masks.map(_ -> Path.of("")),
          List.of((int) folder.shape.get(1), (int) folder.shape.get(2)),
          resize,
          minScale,
          folder.shape.get(0) == 1 ? Color.GREY : Color.RGB,
          valid,
          folder.classes,
          batchSize,
          folder.mean(),
          folder.deviation(),
          damaged,
          threads,
          ahead,
          cache);
    }

    /// {@inheritDoc}
    ///
    /// The source is one image; or a folder, of which all images are taken, at any depth, in the
    /// order of their paths as texts; or a table as for `labels`, whose second column may be empty
    /// or lack, with files from `dir` on, if that is given, else from the table's folder on. A
    /// sample's name is its file. There are targets if the table tells every class, or if every
    /// image of the folder lies in a folder of a class; with masks, if `masks` names a folder that
    /// has one for each image.
    ///
    /// An image that cannot be read ends the reading, or is left out, as `damaged` says; then it is
    /// logged which.
    @Override
    public DataLoader read(Setting setting, Path source) {
      return ImageFolder.others(setting.manager(), this, source);
    }
  }

  private ImageFolder(
      PrefetchLoader train,
      Optional<PrefetchLoader> valid,
      List<String> classes,
      Map<String, Long> counts,
      Shape shape,
      Moments moments,
      List<String> notes) {
    this.train = train;
    this.valid = valid;
    this.classes = classes;
    this.counts = counts;
    this.shape = shape;
    this.moments = moments;
    this.notes = List.copyOf(notes);
  }

  /// Looks what is in a folder.
  ///
  /// @param manager owns two small arrays that live as long as the data
  /// @param options which images, and what becomes of them
  /// @param seed decides which are for validation
  /// @throws DataException if there is nothing to train on, or something cannot be read
  public static ImageFolder read(NDManager manager, Options options, long seed) {
    var notes = new ArrayList<String>();
    Listing listing = listing(options);
    if (options.damaged() == Damage.SKIP) {
      Map<Integer, String> damaged = Damage.find(listing.files());
      if (!damaged.isEmpty()) {
        notes.add(Damage.told(listing.files(), damaged));
        listing = listing.without(damaged::containsKey);
      }
    }
    Split split = listing.split(options.valid(), seed);
    Optional<Masks> masks = masks(listing, options);
    List<String> classes = masks.isPresent() ? masks.get().classes() : listing.classes();
    if (masks.isEmpty() && !options.classes().isEmpty()) {
      listing.check(options.classes(), options.labels().orElse(options.dir()));
      classes = options.classes();
    }
    if (classes.size() < 2) {
      throw new DataException(
          "'%s' has images of %s only; to tell classes apart takes two at least"
              .formatted(options.dir(), classes.isEmpty() ? "no class" : "class " + classes));
    }
    ImageSamples.Form form = form(listing.files().getFirst(), options);
    int[] train = split.train();
    Moments moments =
        options.mean().isEmpty()
            ? Moments.of(files(listing, Split.some(seed, train, STATISTICS)), form)
            : moments(options, form);
    long mask = masks.isPresent() ? (long) form.height() * form.width() : 0;
    long each = form.bytes() + mask;
    long bytes = each * listing.files().size();
    var samples =
        ImageSamples.of(
            listing.files(),
            masks.isPresent() ? new int[0] : indices(listing.labels(), classes),
            masks,
            form,
            bytes <= ((long) options.cache() << 20),
            moments,
            manager);
    long batch = each * Math.min(options.batchSize(), listing.files().size());
    if (batch > Integer.MAX_VALUE) {
      throw Check.refused(
          "batch-size",
          options.batchSize(),
          "%,d at most, for a batch of such images is no more than 2 GiB"
              .formatted(Integer.MAX_VALUE / each));
    }
    PrefetchLoader all = ahead(samples, options);
    Check.fits("ahead", options.ahead(), all.bytes());
    PrefetchLoader first = ahead(samples.cropped(options.minScale()), options);
    int[] valid = split.valid();
    var counts = new TreeMap<String, Long>();
    if (masks.isEmpty()) {
      listing.labels().forEach(label -> counts.merge(label, 1L, Long::sum));
    }
    return new ImageFolder(
        first.part(train).shuffled(),
        valid.length == 0 ? Optional.empty() : Optional.of(all.part(valid)),
        classes,
        counts,
        form.shape(),
        moments,
        notes);
  }

  /// {@return the images of another source, all of them in order}
  private static PrefetchLoader others(NDManager manager, Options options, Path source) {
    if (options.size().isEmpty() || options.mean().isEmpty() || options.classes().isEmpty()) {
      throw new IllegalStateException(
          "images read other files once they are fitted; see Data.fitted");
    }
    boolean hasLabels = options.masks().isEmpty();
    Listing listing =
        Listing.source(source, options.dir(), hasLabels ? options.classes() : List.of());
    if (options.damaged() == Damage.SKIP) {
      Map<Integer, String> damaged = Damage.find(listing.files());
      if (!damaged.isEmpty()) {
        System.getLogger(ImageFolder.class.getName())
            .log(System.Logger.Level.WARNING, Damage.told(listing.files(), damaged));
        listing = listing.without(damaged::containsKey);
        if (listing.files().isEmpty()) {
          throw new DataException("'%s' has no image that can be read".formatted(source));
        }
      }
    }
    ImageSamples.Form form = form(listing.files().getFirst(), options);
    var samples =
        ImageSamples.of(
            listing.files(),
            indices(listing.labels(), options.classes()),
            masks(listing, options),
            form,
            false,
            moments(options, form),
            manager);
    return ahead(samples, options);
  }

  private static Optional<Masks> masks(Listing listing, Options options) {
    return options
        .masks()
        .filter(folder -> !folder.toString().isEmpty())
        .map(listing::masks)
        .map(files ->
            options.classes().isEmpty() ? Masks.of(files) : Masks.of(files, options.classes()));
  }

  private static Listing listing(Options options) {
    if (options.masks().isPresent()) {
      return Listing.all(options.dir());
    }
    return options.labels().isPresent()
        ? Listing.table(options.dir(), options.labels().get())
        : Listing.folders(options.dir());
  }

  private static PrefetchLoader ahead(ImageSamples samples, Options options) {
    int threads =
        options.threads() == 0 ? Runtime.getRuntime().availableProcessors() : options.threads();
    return PrefetchLoader.of(samples)
        .batchSize(options.batchSize())
        .threads(threads)
        .ahead(options.ahead());
  }

  private static ImageSamples.Form form(Path file, Options options) {
    List<Integer> size = options.size();
    if (!size.isEmpty() && options.color() != Color.AUTO) {
      int channels = options.color() == Color.GREY ? 1 : 3;
      return new ImageSamples.Form(channels, size.getFirst(), size.getLast(), options.resize());
    }
    Pixels image;
    try {
      image = Pixels.read(file);
    } catch (IOException e) {
      throw new DataException("'%s' cannot be read: %s".formatted(file, Damage.reason(e)), e);
    }
    int channels =
        switch (options.color()) {
          case AUTO -> image.channels();
          case GREY -> 1;
          case RGB -> 3;
        };
    if (!size.isEmpty()) {
      return new ImageSamples.Form(channels, size.getFirst(), size.getLast(), options.resize());
    }
    double scale =
        Math.min(1, (double) LARGEST_BY_DEFAULT / Math.max(image.height(), image.width()));
    return new ImageSamples.Form(
        channels,
        Math.max(1, (int) Math.round(image.height() * scale)),
        Math.max(1, (int) Math.round(image.width() * scale)),
        options.resize());
  }

  private static Moments moments(Options options, ImageSamples.Form form) {
    if (options.mean().size() != 1 && options.mean().size() != form.channels()) {
      throw new DataException(
          "data.mean has %d numbers, but the images have %d channel%s"
              .formatted(options.mean().size(), form.channels(), form.channels() == 1 ? "" : "s"));
    }
    return options.mean().size() == form.channels()
        ? new Moments(options.mean(), options.deviation())
        : new Moments(
            Collections.nCopies(form.channels(), options.mean().getFirst()),
            Collections.nCopies(form.channels(), options.deviation().getFirst()));
  }

  private static List<Path> files(Listing listing, int[] samples) {
    return Arrays.stream(samples).mapToObj(listing.files()::get).toList();
  }

  private static int[] indices(List<String> labels, List<String> classes) {
    var index = new HashMap<String, Integer>();
    classes.forEach(label -> index.put(label, index.size()));
    return labels.stream().mapToInt(index::get).toArray();
  }

  /// {@return the training part, in a new order every epoch}
  public PrefetchLoader train() {
    return train;
  }

  /// {@return the validation part, if there is one}
  public Optional<PrefetchLoader> valid() {
    return valid;
  }

  /// {@return the names of the classes, in the order of their indices}
  public List<String> classes() {
    return classes;
  }

  /// {@return how many images each class has; nothing with masks}
  public Map<String, Long> counts() {
    return Collections.unmodifiableMap(counts);
  }

  /// {@return what people should know: which images were left out}
  public List<String> notes() {
    return notes;
  }

  /// {@return the shape of an image, `[C, H, W]`}
  public Shape shape() {
    return shape;
  }

  /// {@return the mean of each channel that is subtracted, of values in [0, 1]}
  public List<Double> mean() {
    return moments.mean();
  }

  /// {@return the standard deviation of each channel that divides}
  public List<Double> deviation() {
    return moments.deviation();
  }
}
