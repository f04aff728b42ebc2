/// Synchronous data-parallel training.
package io.antiphon.parallel;
