/// A finished model, served over HTTP by DJL and the JDK.
module io.antiphon.examples.server {
  requires io.antiphon.experiment;
  requires jdk.httpserver;
}
