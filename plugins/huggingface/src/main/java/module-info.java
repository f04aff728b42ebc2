import org.jspecify.annotations.NullMarked;

/// DJL's Hugging Face tokenizers, for data of texts.
///
/// DJL's own part, `ai.djl.tokenizers`, has no module descriptor and native code: it is in no
/// image, and lies with this one in a folder of plug-ins.
///
/// @provides io.antiphon.core.spi.TokenizerProvider `huggingface`
@NullMarked
module io.antiphon.huggingface {
  requires transitive io.antiphon.core;
  requires static transitive org.jspecify;
  requires ai.djl.tokenizers;
  requires com.google.gson;

  exports io.antiphon.huggingface;

  opens io.antiphon.huggingface to
      io.antiphon.core;

  provides io.antiphon.core.spi.TokenizerProvider with
      io.antiphon.huggingface.HuggingFace;
}
