package io.antiphon.core;

/// A callback that watches and changes nothing: a logger, a bar, a report.
///
/// Observers run after all other callbacks. While one runs, every setter of the scopes and every
/// cancel is refused. One that throws is logged once and dropped for the rest of the run: a full
/// disk does not end a training of three days.
public interface Observer extends Callback {}
