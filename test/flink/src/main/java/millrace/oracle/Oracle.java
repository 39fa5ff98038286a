package millrace.oracle;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** `Oracle FILE|FOLDER…`: runs golden scripts on Apache Flink. Exit code 0 when none failed. */
public final class Oracle {
  private Oracle() {}

  public static void main(String[] args) throws Exception {
    int passed = 0;
    int failed = 0;
    int skipped = 0;
    try (LocalCluster cluster = new LocalCluster()) {
      for (Path path : scripts(args)) {
        long begin = System.nanoTime();
        Script script = Script.read(path);
        if (script.skipReason != null) {
          System.out.println("SKIP " + path + "\n  " + script.skipReason);
          ++skipped;
          continue;
        }
        ScriptRun run = new ScriptRun(script, cluster);
        run.execute();
        boolean nothingLeft = run.numChecked == 0 && run.problems.isEmpty();
        String verdict = !run.problems.isEmpty() ? "FAIL" : nothingLeft ? "SKIP" : "PASS";
        System.out.println(verdict + " " + path + " (" + (System.nanoTime() - begin) / 1_000_000 + " ms)");
        for (String line : run.leftOut) System.out.println("  left out: " + line);
        for (String line : run.problems) System.out.println("  " + line);
        if (!run.problems.isEmpty()) ++failed;
        else if (nothingLeft) ++skipped;
        else ++passed;
      }
    }
    System.out.println(passed + " passed, " + failed + " failed, " + skipped + " skipped");
    System.exit(failed == 0 ? 0 : 1);
  }

  private static List<Path> scripts(String[] args) throws IOException {
    List<Path> paths = new ArrayList<>();
    for (String arg : args) {
      Path path = Path.of(arg);
      if (!Files.isDirectory(path)) {
        paths.add(path);
        continue;
      }
      try (Stream<Path> files = Files.walk(path)) {
        files.filter(file -> file.toString().endsWith(".test")).sorted().forEach(paths::add);
      }
    }
    return paths;
  }
}
