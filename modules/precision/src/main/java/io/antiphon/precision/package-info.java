/// The callback [io.antiphon.precision.MixedPrecision], known as `mixed-precision`.
package io.antiphon.precision;
