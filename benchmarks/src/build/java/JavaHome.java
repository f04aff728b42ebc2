import java.nio.file.Files;
import java.nio.file.Path;

/// Writes the folder of the JDK that runs this into a file.
void main(String[] args) throws Exception {
  Files.writeString(Path.of(args[0]), System.getProperty("java.home"));
}
