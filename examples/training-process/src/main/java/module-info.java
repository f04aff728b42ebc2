/// The training process: events, cancels, a finder, an ablation.
module io.antiphon.examples.trainingprocess {
  requires io.antiphon.core;
  requires io.antiphon.data;
  requires io.antiphon.losses;
  requires io.antiphon.metrics;
  requires io.antiphon.models;
  requires io.antiphon.optim;
  requires io.antiphon.schedule;
  requires io.antiphon.text;
  requires io.antiphon.training;
}
