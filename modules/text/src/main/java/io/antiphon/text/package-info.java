/// Language models: a text as streams side by side, its vocabulary, and texts that a model writes.
package io.antiphon.text;
