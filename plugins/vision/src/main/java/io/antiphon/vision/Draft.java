package io.antiphon.vision;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Options of images of which one or two change.
final class Draft {
  Path dir;
  Optional<Path> labels;
  Optional<Path> masks;
  List<Integer> size;
  Resize resize;
  double minScale;
  ImageFolder.Color color;
  double valid;
  List<String> classes;
  int batchSize;
  List<Double> mean;
  List<Double> deviation;
  Damage damaged;
  int threads;
  int ahead;
  int cache;

  Draft(ImageFolder.Options options) {
    dir = options.dir();
    labels = options.labels();
    masks = options.masks();
    size = options.size();
    resize = options.resize();
    minScale = options.minScale();
    color = options.color();
    valid = options.valid();
    classes = options.classes();
    batchSize = options.batchSize();
    mean = options.mean();
    deviation = options.deviation();
    damaged = options.damaged();
    threads = options.threads();
    ahead = options.ahead();
    cache = options.cache();
  }

  ImageFolder.Options options() {
    return new ImageFolder.Options(
        dir, labels, masks, size, resize, minScale, color, valid, classes, batchSize, mean,
        deviation, damaged, threads, ahead, cache);
  }
}
