/// Tokenizers by files of Hugging Face.
package io.antiphon.huggingface;
