/// Schedules, policies, fine-tuning and the learning-rate finder.
///
/// A [io.antiphon.schedule.Schedule] is a number as a function of training progress. A
/// [io.antiphon.schedule.ParamScheduler] sets any hyper-parameter by one.
/// [io.antiphon.schedule.OneCycle], [io.antiphon.schedule.FlatCos], [io.antiphon.schedule.Sgdr] and
/// [io.antiphon.schedule.FineTune] fit by the schedules of fastai; [io.antiphon.schedule.LrFinder]
/// probes for a learning rate and leaves no trace.
package io.antiphon.schedule;
