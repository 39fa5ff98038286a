package millrace.interop;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.TableResult;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;

/** Runs a script whose statements are apart by empty lines; goes on from its last checkpoint when there is one. */
public final class ScriptJob {
  private static final Pattern SET = Pattern.compile("SET '(.*)' = '(.*)'", Pattern.DOTALL);

  public static void main(String[] args) throws Exception {
    String[] statements = Files.readString(Path.of(args[0])).strip().split(";\n\n|;$");
    Path checkpoints = Path.of(args[1]);
    Configuration config = new Configuration();
    for (String statement : statements) {
      Matcher set = SET.matcher(statement.strip());
      if (set.matches()) config.setString(set.group(1), set.group(2));
    }
    config.setString("execution.checkpointing.dir", checkpoints.toUri().toString());
    config.setString("execution.checkpointing.externalized-checkpoint-retention", "RETAIN_ON_CANCELLATION");
    config.setString("restart-strategy.type", "none");
    config.setString("parallelism.default", "1");
    Optional<Path> last = Checkpoints.last(checkpoints);
    last.ifPresent(path -> config.setString("execution.state-recovery.path", path.toUri().toString()));
    System.out.println("begins at " + last.map(Path::toString).orElse("the start"));

    StreamTableEnvironment tables = StreamTableEnvironment.create(StreamExecutionEnvironment.getExecutionEnvironment(config));
    TableResult result = null;
    for (String statement : statements) {
      if (!SET.matcher(statement.strip()).matches()) result = tables.executeSql(statement);
    }
    if (result != null) result.await();
    System.exit(0);
  }

  private ScriptJob() {}
}
