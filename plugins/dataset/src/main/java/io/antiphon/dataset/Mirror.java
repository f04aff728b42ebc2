package io.antiphon.dataset;

import ai.djl.repository.Artifact;
import ai.djl.repository.MRL;
import ai.djl.repository.Metadata;
import ai.djl.repository.Repository;
import ai.djl.util.Progress;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/// A copy of one of DJL's repositories in a folder, whose files are read where they lie: plain or
/// gzip, beside `metadata.json`, which names them.
///
/// DJL's own repository of a folder copies files into the home folder first, and looks for them in
/// two places.
final class Mirror implements Repository {
  private final Path folder;
  private final Repository local;

  Mirror(Path folder) {
    this.folder = folder.toAbsolutePath();
    local = Repository.newInstance("local", this.folder);
  }

  @Override
  public boolean isRemote() {
    return false;
  }

  @Override
  public String getName() {
    return local.getName();
  }

  @Override
  public URI getBaseUri() {
    return local.getBaseUri();
  }

  @Override
  public Metadata locate(MRL mrl) throws IOException {
    Path file = folder.resolve(mrl.toURI().getPath()).resolve("metadata.json");
    if (!Files.isRegularFile(file)) {
      throw new NoSuchFileException("%s is not there".formatted(file));
    }
    return local.locate(mrl);
  }

  @Override
  public @Nullable Artifact resolve(MRL mrl, Map<String, String> filter) throws IOException {
    var _ = locate(mrl); // DJL's own ends in a null, or makes something up
    return local.resolve(mrl, filter);
  }

  @Override
  public InputStream openStream(Artifact.Item item, @Nullable String path) throws IOException {
    var in = new BufferedInputStream(Files.newInputStream(getFile(item, path)));
    in.mark(2);
    boolean gzip = in.read() == 0x1f && in.read() == 0x8b;
    in.reset();
    return gzip ? new GZIPInputStream(in) : in;
  }

  @Override
  public Path getFile(Artifact.Item item, @Nullable String path) throws IOException {
    Artifact artifact = item.getArtifact();
    URI uri = URI.create(item.getUri());
    Path beside = folder.resolve(artifact.getMetadata().getRepositoryUri().getPath());
    String name = uri.getPath().substring(uri.getPath().lastIndexOf('/') + 1);
    Path versioned = beside.resolve(artifact.getVersion()).resolve(name);
    Path named = uri.isAbsolute() ? versioned : beside.resolve(uri.getPath());
    for (Path each : List.of(named, versioned)) {
      Path file = path == null || path.isEmpty() ? each : each.resolve(path);
      if (Files.exists(file)) {
        return file;
      }
    }
    throw new NoSuchFileException("%s is not there".formatted(named));
  }

  @Override
  public String[] listDirectory(Artifact.Item item, String path) throws IOException {
    try (var inside = Files.list(getFile(item, path))) {
      return inside.map(each -> each.getFileName().toString()).sorted().toArray(String[]::new);
    }
  }

  /// Does nothing: the files are there.
  @Override
  public void prepare(Artifact artifact, @Nullable Progress progress) {}

  @Override
  public Path getCacheDirectory() {
    return folder;
  }

  @Override
  public Path getResourceDirectory(Artifact artifact) {
    return folder.resolve(artifact.getResourceUri().getPath());
  }

  @Override
  public List<MRL> getResources() {
    return local.getResources();
  }

  @Override
  public void addResource(MRL mrl) {
    local.addResource(mrl);
  }
}
