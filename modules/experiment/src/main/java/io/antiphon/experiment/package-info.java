/// Experiments: their files, their runs, and what a run leaves behind.
///
/// An [io.antiphon.experiment.ExperimentFile] is what a file and the command line say. Resolved
/// against a catalog it is an [io.antiphon.experiment.Experiment], whose components are found and
/// whose options all have their values. An [io.antiphon.experiment.Experiment] is prepared, which
/// makes the components, and run, which leaves a folder behind.
package io.antiphon.experiment;
