/// Experiments: their files, their runs, and what a run leaves behind.
package io.antiphon.experiment;
