import ai.djl.ndarray.types.Shape;
import io.antiphon.core.Learner;
import io.antiphon.core.options.Catalog;
import io.antiphon.core.options.Kind;
import io.antiphon.core.spi.Task;
import io.antiphon.testkit.TinyTask;
import java.util.List;
import org.example.noise.Confidence;
import org.example.noise.GradientNoise;
import org.example.noise.Maxout;

/// A program of somebody who uses the plug-in, in plain Java.
public class Train {
  public static void main(String[] arguments) {
    var sizes = new Maxout(16, 2);
    var confidence = new Confidence();
    try (Learner learner =
        TinyTask.learner()
            .model(sizes.create(new Task(List.of(new Shape(8, 1, 6, 6)), 2)))
            .metrics(confidence)
            .callbacks(new GradientNoise(new GradientNoise.Options(0.01, 0.55)))
            .build()) {
      System.out.println(learner.fit(3));
    }
    System.out.println(Catalog.boot().find(Kind.CALLBACK, "acme-gradient-noise").orElseThrow().summary());
  }
}
