/// Techniques of papers, each a callback that combines with all others.
package io.antiphon.techniques;
