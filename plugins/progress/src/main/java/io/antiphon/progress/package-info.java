/// How far a run is: a bar on a terminal, and a table of epochs.
package io.antiphon.progress;
