/// Makes the site of the documents.
module io.antiphon.site {
  requires com.google.gson;
  requires jdk.javadoc;
  requires org.commonmark;
  requires org.commonmark.ext.gfm.tables;
  requires org.commonmark.ext.heading.anchor;

  uses java.util.spi.ToolProvider;
}
