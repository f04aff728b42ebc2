/// Ablations and sweeps: plans of trials, the processes that run them, and what came of them.
package io.antiphon.study;
