package io.antiphon.arrays;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Options of arrays of which one or two change.
final class Draft {
  Path file;
  String inputs;
  String targets;
  Optional<Path> targetsFile;
  ArrayFiles.Targets task;
  List<String> classes;
  double valid;
  Optional<Path> validFile;
  Optional<Path> validTargetsFile;
  Optional<String> split;
  Optional<String> group;
  ArrayFiles.Axes axes;
  List<Integer> shape;
  ArrayFiles.Scaling scaling;
  List<Double> mean;
  List<Double> deviation;
  boolean indices;
  int batchSize;
  int threads;
  int ahead;

  Draft(ArrayFiles options) {
    file = options.file();
    inputs = options.inputs();
    targets = options.targets();
    targetsFile = options.targetsFile();
    task = options.task();
    classes = options.classes();
    valid = options.valid();
    validFile = options.validFile();
    validTargetsFile = options.validTargetsFile();
    split = options.split();
    group = options.group();
    axes = options.axes();
    shape = options.shape();
    scaling = options.scaling();
    mean = options.mean();
    deviation = options.deviation();
    indices = options.indices();
    batchSize = options.batchSize();
    threads = options.threads();
    ahead = options.ahead();
  }

  ArrayFiles options() {
    return new ArrayFiles(
        file,
        inputs,
        targets,
        targetsFile,
        task,
        classes,
        valid,
        validFile,
        validTargetsFile,
        split,
        group,
        axes,
        shape,
        scaling,
        mean,
        deviation,
        indices,
        batchSize,
        threads,
        ahead);
  }
}
