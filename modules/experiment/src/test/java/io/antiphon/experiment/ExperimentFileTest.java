package io.antiphon.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.antiphon.core.Length;
import io.antiphon.core.options.Node;
import io.antiphon.core.options.OptionException;
import io.antiphon.core.options.Place;
import io.antiphon.core.spi.CallbackProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExperimentFileTest {
  private static final Path FOLDER = Path.of("/folder");

  @TempDir Path temporary;

  private static ExperimentFile parse(String yaml) {
    return ExperimentFile.parse(yaml, new Place("e.yaml", 0, 0, Path.of("/base")));
  }

  private static Experiment set(String... settings) {
    return ExperimentFile.builtIn().with(List.of(settings), FOLDER).resolve(Toys.catalog());
  }

  @Test
  void theBuiltInExperimentNamesEverythingThatThereAlwaysIs() {
    Node.Mapping tree = ExperimentFile.builtIn().tree();
    var everything = new ArrayList<>(Section.keys());
    everything.removeAll(List.of("parts", "cluster"));
    assertThat(tree.keys()).isEqualTo(everything);
    Experiment experiment = set();
    assertThat(experiment.name()).isEqualTo("glyphs");
    assertThat(experiment.seed()).isEqualTo(42);
    assertThat(experiment.data().component().id()).isEqualTo("glyphs");
    assertThat(experiment.policy().options())
        .isEqualTo(new PlainFit(Length.epochs(4), OptionalDouble.empty()));
  }

  @Test
  void whatAFileLeavesOutIsAsInTheBuiltInExperiment() throws IOException {
    Path file = temporary.resolve("my digits.yaml");
    Files.writeString(file, "fit: { epochs: 7 }\n");
    Experiment experiment = ExperimentFile.read(file).resolve(Toys.catalog());
    assertThat(experiment.name()).isEqualTo("my digits");
    assertThat(experiment.model().orElseThrow().component().id()).isEqualTo("cnn");
    assertThat(experiment.metrics().orElseThrow()).hasSize(1);
    assertThat(experiment.policy().options())
        .isEqualTo(new PlainFit(Length.epochs(7), OptionalDouble.empty()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "callbacks: [watch]",
        "callbacks: [{ use: watch }]",
        "callbacks: [{ watch: {} }]",
        "callbacks: [watch: ]",
        "callbacks:\n  - watch\n",
        "callbacks:\n  - watch:\n",
        "callbacks:\n  - use: watch\n"
      })
  void aComponentIsWrittenInThreeWays(String yaml) {
    assertThat(parse(yaml).resolve(Toys.catalog()).callbacks())
        .extracting(choice -> choice.component().id())
        .containsExactly("watch");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "fit: { policy: fit, epochs: 2 }",
        "fit: { use: fit, epochs: 2 }",
        "fit: { fit: { epochs: 2 } }",
        "fit: { epochs: 2 }"
      })
  void thePolicyToo(String yaml) {
    assertThat(parse(yaml).resolve(Toys.catalog()).policy().options())
        .isEqualTo(new PlainFit(Length.epochs(2), OptionalDouble.empty()));
  }

  @Test
  void settingsReachEveryPlace() {
    assertThat(set("fit.epochs=2").policy().options())
        .isEqualTo(new PlainFit(Length.epochs(2), OptionalDouble.empty()));
    assertThat(set("fit.use=fit", "seed=7").seed()).isEqualTo(7);
    assertThat(set("model.channels=[8, 16]", "model.channels.0=4").model().orElseThrow().options())
        .isEqualTo(new Toys.Net(List.of(4, 16)));
    assertThat(set("model.channels=[8]", "model.channels+=9").model().orElseThrow().options())
        .isEqualTo(new Toys.Net(List.of(8, 9)));
    assertThat(set("model.channels=[8]", "model.channels[0]=3").model().orElseThrow().options())
        .isEqualTo(new Toys.Net(List.of(3)));
    assertThat(set("model={cnn: {channels: [1]}}").model().orElseThrow().options())
        .isEqualTo(new Toys.Net(List.of(1)));
    assertThat(set("model=cnn", "model.channels=[2]").model().orElseThrow().options())
        .isEqualTo(new Toys.Net(List.of(2)));
    assertThat(set("metrics=[]").metrics().orElseThrow()).isEmpty();
    assertThat(set("optimizer.lr=1e-3").optimizer().options()).isEqualTo(new Toys.Descent(0.001));
  }

  @Test
  void partsAreSaidOrNot() {
    assertThat(set().parts()).isEmpty();
    assertThat(set("parts=halves", "parts=null").parts()).isEmpty();
    assertThat(parse("parts: ~").resolve(Toys.catalog()).parts()).isEmpty();
    Experiment experiment = set("parts=halves", "parts.at=2");
    assertThat(experiment.parts().orElseThrow().options()).isEqualTo(new Toys.Halves(2));
    assertThat(experiment.choices()).contains(experiment.parts().orElseThrow());
    Experiment again = parse(experiment.yaml()).resolve(Toys.catalog());
    assertThat(again.tree()).isEqualTo(experiment.tree());
  }

  @Test
  void settingsAppendAndReachCallbacksByTheirIds() {
    Experiment experiment =
        set("callbacks+=watch", "callbacks.watch.fail-at=3", "callbacks+={watch: {fail-at: 4}}");
    assertThat(experiment.callbacks())
        .extracting(choice -> ((Toys.Watch) choice.options()).failAt().getAsInt())
        .containsExactly(3, 4);
    assertThat(set("callbacks+=[watch, watch]", "callbacks.1.fail-at=3").callbacks()).hasSize(2);
  }

  @Test
  void pathsStartFromTheFileOrFromTheCurrentFolder() {
    Experiment inFile = parse("data: { use: glyphs, dir: here }").resolve(Toys.catalog());
    assertThat(((Toys.Numbers) inFile.data().options()).dir()).isEqualTo(Path.of("/base/here"));
    assertThat(((Toys.Numbers) set("data.dir=there").data().options()).dir())
        .isEqualTo(Path.of("/folder/there"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          fit.epochs              | --set fit.epochs: this is neither path=value nor path+=value; write, say, fit.epochs=2
          =3                      | --set =3: this is neither path=value nor path+=value; write, say, fit.epochs=2
          fit..epochs=3           | --set fit..epochs=3: the path 'fit..epochs' has an empty name
          fti.epochs=3            | --set fti.epochs=3: an experiment has no 'fti'; did you mean 'fit'? It has name, seed, device, threads, denormals, train-metrics, data, model, parts, loss, optimizer, fit, metrics, callbacks, cluster
          seed.x=3                | --set seed.x=3: 'seed' has nothing named 'x' in it, for it is '42'
          callbacks.mixup.alpha=1 | --set callbacks.mixup.alpha=1: 'callbacks' has no 'mixup'; it has none; --set callbacks+=mixup adds it
          metrics.acuracy.k=1     | --set metrics.acuracy.k=1: 'metrics' has no 'acuracy'; did you mean 'accuracy'? It has accuracy; --set metrics+=acuracy adds it
          metrics.3=accuracy      | --set metrics.3=accuracy: 'metrics' has no item 3; it has 1, counted from 0
          seed+=3                 | --set seed+=3: 'seed' is '42', not a list, so nothing can be appended; use = to set it
          model.channels+=3       | --set model.channels+=3: 'model.channels' is not in the file, so there is no list to append to; set the whole list
          model=                  | --set model=: 'model' needs an id: write 'ID', '{ use: ID, option: value }' or 'ID: { option: value }'
          model=[cnn]             | --set model=[cnn]: 'model' needs an id: write 'ID', '{ use: ID, option: value }' or 'ID: { option: value }'
          callbacks=watch         | --set callbacks=watch: 'callbacks' is a list, not 'watch'; write [a, b], or '- a' on lines of their own
          fit.epochs=many         | --set fit.epochs=many: option 'epochs' of policy 'fit': 'many' is no length; write '5 epochs', '500 steps' or '0.1 of the run'
          fit.epochs=-1           | --set fit.epochs=-1: option 'epochs' of policy 'fit': '-1' is no length; write '5 epochs', '500 steps' or '0.1 of the run'
          fit.policy=one-cicle    | --set fit.policy=one-cicle: there is no policy 'one-cicle'; there are fit, twice; the module that provides it may be missing here
          seed=x                  | --set seed=x: option 'seed' of the experiment is a whole number, not 'x'
          device=tpu              | --set device=tpu: the experiment: device is 'tpu'; it must be auto, cpu, or gpu with a number, gpu0
          threads=0               | --set threads=0: the experiment: threads is '0'; it must be auto, or 1 to 256
          threads=many            | --set threads=many: the experiment: threads is 'many'; it must be auto, or 1 to 256
          denormals=drop          | --set denormals=drop: option 'denormals' of the experiment is one of flush, keep, not 'drop'
          name=                   | --set name=: option 'name' of the experiment is a text, not nothing
          """)
  void aWrongSettingIsToldInOneSentence(String setting, String message) {
    assertThatThrownBy(() -> set(setting)).isInstanceOf(OptionException.class).hasMessage(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          modle: cnn                            | e.yaml:1:1: an experiment has no 'modle'; did you mean 'model'? It has name, seed, device, threads, denormals, train-metrics, data, model, parts, loss, optimizer, fit, metrics, callbacks, cluster
          model: { channels: [1], depth: 2 }    | e.yaml:1:8: 'model' needs an id: write 'ID', '{ use: ID, option: value }' or 'ID: { option: value }'
          model: { use: [a] }                   | e.yaml:1:15: the id of 'model' is a single word, not a list
          model: ccn                            | e.yaml:1:8: there is no model 'ccn'; did you mean 'cnn'? There are cnn
          model: { cnn: { chanels: [1] } }      | e.yaml:1:17: model 'cnn' has no option 'chanels'; did you mean 'channels'? It has channels
          callbacks: [{ alpha: 1, beta: 2 }]    | e.yaml:1:13: an item of 'callbacks' needs an id: write 'ID', '{ use: ID, option: value }' or 'ID: { option: value }'
          fit: { use: fit, policy: one-cycle }  | e.yaml:1:13: 'fit' has both 'policy' and 'use', and each names its id; leave one out
          parts: haed                           | e.yaml:1:8: there is no splitter 'haed'; there are halves; the module that provides it may be missing here
          parts: { halves: { at: -1 } }         | e.yaml:1:24: splitter 'halves': at is -1; it must be at least 1
          fit: { epochs: 0.5 }                  | e.yaml:1:16: option 'epochs' of policy 'fit': 0.5 of what? Write '0.5 of the run' or '0.5 epochs'
          fit: { epochs: 0.5 of the run }       | e.yaml:1:16: policy 'fit': epochs is 0.5 of the run; it must be a number of epochs or steps
          fit: { lr: .inf }                     | e.yaml:1:12: policy 'fit': lr is Infinity; it must be finite and at least 0
          data: { use: glyphs, batch-size: 0 }  | e.yaml:1:34: data 'glyphs': batch-size is 0; it must be at least 1
          """)
  void aWrongFileIsToldWithLineAndColumn(String yaml, String message) {
    assertThatThrownBy(() -> parse(yaml).resolve(Toys.catalog()))
        .isInstanceOf(OptionException.class)
        .hasMessage(message);
  }

  @Test
  void aResolvedExperimentReadsTheSame() {
    Experiment experiment =
        set(
            "name=a 'b' #c",
            "callbacks+={watch: {fail-at: 4, extra: x}}",
            "optimizer.lr=1e-9",
            "data.dir=some where");
    Experiment again = parse(experiment.yaml()).resolve(Toys.catalog());
    assertThat(again.tree()).as(experiment.yaml()).isEqualTo(experiment.tree());
    assertThat(again.yaml()).isEqualTo(experiment.yaml());
    List<Object> options = experiment.choices().stream().<Object>map(Choice::options).toList();
    assertThat(again.choices().stream().<Object>map(Choice::options))
        .containsExactlyElementsOf(options);
  }

  @Test
  void usualObserversAreAddedWhereTheyAreAndNotTwice() {
    var catalog = Toys.catalog().with(new Toys.Recorder());
    Experiment experiment = ExperimentFile.builtIn().resolve(catalog);
    assertThat(ids(experiment.callbacks())).containsExactly("recorder");
    assertThat(ids(parse(experiment.yaml()).resolve(catalog).callbacks()))
        .containsExactly("recorder");
  }

  private static List<String> ids(List<Choice<CallbackProvider>> choices) {
    return choices.stream().map(choice -> choice.component().id()).toList();
  }
}
