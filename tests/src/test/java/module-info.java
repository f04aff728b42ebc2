/// Tests that see Antiphon as a consumer on the module path does.
open module io.antiphon.tests {
  requires io.antiphon.cli;
  requires io.antiphon.core;
  requires io.antiphon.experiment;
  requires io.antiphon.testkit;
  requires java.desktop;
  requires jdk.httpserver;
  requires org.assertj.core;
  requires org.junit.jupiter.api;
  requires org.junit.jupiter.params;

  uses io.antiphon.core.spi.CallbackProvider;
}
