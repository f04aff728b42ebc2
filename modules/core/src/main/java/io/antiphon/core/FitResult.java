package io.antiphon.core;

import java.util.Optional;

/// What a run of the loop came to.
///
/// @param outcome how it ended
/// @param epochs the number of epochs that were begun
/// @param train the last epoch's training scores; empty if its training part was cut short
/// @param valid the last epoch's validation scores; empty if there was none, or it was cut short
public record FitResult(
    Outcome outcome, int epochs, Optional<Scores> train, Optional<Scores> valid) {}
