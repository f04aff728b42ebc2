package io.antiphon.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.antiphon.core.options.OptionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AxisTest {
  @Test
  void eachSpaceHasItsEndsAndItsMiddle() {
    Axis.Space log = Axis.parse("optimizer.lr=log(1e-4, 1e-1)").space();
    assertThat(log.at(0)).isEqualTo("0.0001");
    assertThat(log.at(0.5)).isEqualTo("0.003162");
    assertThat(log.at(1)).isEqualTo("0.1");
    assertThat(log.place("0.003162")).isCloseTo(0.5, within(1e-4));
    assertThat(Axis.parse("a=log(1e-9,1e-7)").space().at(0.5)).isEqualTo("1.0e-8");

    assertThat(Axis.parse("a=lin(-1,3)").space().at(0.5)).isEqualTo("1");
    assertThat(Axis.parse("a=uniform(0,0.5)").space().at(0.5)).isEqualTo("0.25");

    Axis.Space whole = Axis.parse("a=int(1,3)").space();
    assertThat(whole.at(0)).isEqualTo("1");
    assertThat(whole.at(0.34)).isEqualTo("2");
    assertThat(whole.at(0.999)).isEqualTo("3");

    Axis.Space list =
        Axis.parse("a=[adam, {sgd: {momentum: 0.9, nesterov: true}}, 'x, y']").space();
    assertThat(list.at(0)).isEqualTo("adam");
    assertThat(list.at(0.5)).isEqualTo("{sgd: {momentum: 0.9, nesterov: true}}");
    assertThat(list.at(0.99)).isEqualTo("'x, y'");
    assertThat(list.place("adam")).isZero();
  }

  @Test
  void aGridHasTheEndsAndEvenSteps() {
    assertThat(Axis.parse("a=log(1e-4,1e-1,4)").space().grid())
        .containsExactly("0.0001", "0.001", "0.01", "0.1");
    assertThat(Axis.parse("a=lin(0,1,3)").space().grid()).containsExactly("0", "0.5", "1");
    assertThat(Axis.parse("a=int(2,4)").space().grid()).containsExactly("2", "3", "4");
    assertThat(Axis.parse("a=lin(0,1)").space().grid()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          lr | not PATH=SPACE
          a=3 | no space of values; there are log(1e-4, 1e-1), lin(0, 0.5)
          a=exp(1,2) | there is no space 'exp'
          a=log(0,1) | it must be above 0
          a=lin(2,1) | 2 does not lie below 1
          a=lin(1) | has two ends
          a=lin(1,x) | 'x' is no number
          a=lin(1,NaN) | 'NaN' is no number
          a=int(1,2.5) | whole numbers
          a=log(1,2,0) | a grid has 1 to 10,000 points
          a=[] | has at least one
          a=[1,1] | stands twice
          a=[1,,2] | a value is missing
          a=[1,{2] | is not closed
          """)
  void whatIsWrongIsTold(String text, String why) {
    assertThatThrownBy(() -> Axis.parse(text))
        .isInstanceOf(OptionException.class)
        .hasMessageContaining("--over " + text + ": ")
        .hasMessageContaining(why);
  }
}
