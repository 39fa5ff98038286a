package millrace.interop;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;

final class Checkpoints {
  /** The folder of the newest completed checkpoint below `folder`. */
  static Optional<Path> last(Path folder) throws Exception {
    if (!Files.isDirectory(folder)) return Optional.empty();
    try (var paths = Files.walk(folder)) {
      return paths.filter(path -> path.endsWith("_metadata"))
          .max(Comparator.comparingLong(path -> path.toFile().lastModified()))
          .map(Path::getParent);
    }
  }

  private Checkpoints() {}
}
