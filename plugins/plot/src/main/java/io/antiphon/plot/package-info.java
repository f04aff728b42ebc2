/// The callback [io.antiphon.plot.Plot], known as `plot`.
package io.antiphon.plot;
