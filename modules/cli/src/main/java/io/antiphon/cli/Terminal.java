package io.antiphon.cli;

import java.io.PrintStream;

/// Where a command's words go.
///
/// @param out standard output
/// @param err standard error
record Terminal(PrintStream out, PrintStream err) {}
