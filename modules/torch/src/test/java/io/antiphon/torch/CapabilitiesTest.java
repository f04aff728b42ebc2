package io.antiphon.torch;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import org.junit.jupiter.api.Test;

class CapabilitiesTest {
  @Test
  void aReportTellsWhatTheDeviceCanDo() {
    Capabilities cpu = Capabilities.of(Device.cpu());
    System.out.print(cpu.text());
    assertThat(cpu.types())
        .contains(DataType.FLOAT32, DataType.FLOAT64)
        .containsAll(cpu.fastTypes());
    assertThat(cpu.fastTypes().contains(DataType.BFLOAT16))
        .isEqualTo(
            Processor.isFast(DataType.BFLOAT16)
                && SelfCheck.ofEveryType().allows(DataType.BFLOAT16));
    assertThat(cpu.threads()).isPositive();
    assertThat(cpu.text()).contains("cpu()", "float32", "threads", "self-check");
    assertThat(Autocast.isOn(Device.cpu())).isFalse();
  }
}
