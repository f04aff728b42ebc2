/// [io.antiphon.worst.WorstSamples] finds them, each a [io.antiphon.worst.Worst].
package io.antiphon.worst;
