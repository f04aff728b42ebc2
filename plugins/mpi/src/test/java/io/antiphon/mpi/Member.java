package io.antiphon.mpi;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.antiphon.core.Ranks;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;

/// A process of [MpiRanksTest]: does what it is told, and prints what it got.
public final class Member {
  private Member() {}

  public static void main(String[] arguments) throws InterruptedException {
    var options =
        new MpiRanks.Options(
            Duration.ofMillis(arguments[0].equals("stuck") ? 1500 : 60_000),
            4096,
            Optional.<java.nio.file.Path>empty());
    Ranks ranks = options.create();
    switch (arguments[0]) {
      case "sums" -> {
        sums(ranks);
        ranks.close();
      }
      case "stuck" -> {
        if (ranks.rank() == 1) {
          Thread.sleep(60_000);
        }
        ranks.sum(new double[1], "number that rank 1 does not bring");
      }
      case "failing" -> {
        if (ranks.rank() == 1) {
          System.out.println("rank 1 has no more paper");
          ranks.abort("rank 1 has no more paper");
        }
        ranks.sum(new double[1], "number that rank 1 does not bring");
      }
      case "exiting" -> {
        if (ranks.rank() == 1) {
          Runtime.getRuntime().halt(3);
        }
        ranks.sum(new double[1], "number that rank 1 does not bring");
      }
      default -> throw new IllegalArgumentException(arguments[0]);
    }
  }

  private static void sums(Ranks ranks) {
    double[] numbers = {ranks.rank(), 1, 0.5};
    ranks.sum(numbers, "numbers");
    long[] greatest = {ranks.rank(), -ranks.rank()};
    ranks.max(greatest, "numbers");
    String text = ranks.broadcast("grüße von " + ranks.rank(), "text");
    try (NDManager manager = NDManager.newBaseManager()) {
      var many = new float[5000]; // several chunks
      Arrays.fill(many, ranks.rank() + 1);
      NDArray array = manager.create(many);
      ranks.sum(array, "floats");
      NDArray first = manager.create(new long[] {ranks.rank() + 7});
      ranks.broadcast(first, "array");
      System.out.print( // at once, for lines of two processes meet
          "numbers %s greatest %s text %s floats %s %s first %s\n"
              .formatted(
                  Arrays.toString(numbers),
                  Arrays.toString(greatest),
                  text,
                  array.getFloat(0),
                  array.getFloat(4999),
                  first.getLong(0)));
    }
  }
}
