/// Makes the site of the documents.
module io.antiphon.site {
  requires com.google.gson;
  requires org.commonmark;
  requires org.commonmark.ext.gfm.tables;
  requires org.commonmark.ext.heading.anchor;
}
