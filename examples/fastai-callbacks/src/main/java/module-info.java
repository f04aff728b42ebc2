/// Callbacks as in fastai: record, plot, show, schedule, tell.
module io.antiphon.examples.fastaicallbacks {
  requires io.antiphon.core;
  requires io.antiphon.data;
  requires io.antiphon.losses;
  requires io.antiphon.metrics;
  requires io.antiphon.models;
  requires io.antiphon.notify;
  requires io.antiphon.optim;
  requires io.antiphon.plot;
  requires io.antiphon.progress;
  requires io.antiphon.schedule;
  requires jdk.httpserver;
}
