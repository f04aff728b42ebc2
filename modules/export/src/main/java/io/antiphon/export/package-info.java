/// What other programs read of a finished model: see [io.antiphon.export.TorchExport].
package io.antiphon.export;
