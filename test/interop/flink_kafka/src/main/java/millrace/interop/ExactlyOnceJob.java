package millrace.interop;

import java.nio.file.Path;
import java.util.Optional;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;

/** Numbers 1..count into a topic with Flink's exactly-once sink; goes on from its last checkpoint when there is one. */
public final class ExactlyOnceJob {
  public static void main(String[] args) throws Exception {
    String bootstrap = args[0];
    String topic = args[1];
    long count = Long.parseLong(args[2]);
    long perSecond = Long.parseLong(args[3]);
    Path checkpoints = Path.of(args[4]);

    Configuration config = new Configuration();
    config.setString("execution.checkpointing.interval", "300ms");
    config.setString("execution.checkpointing.dir", checkpoints.toUri().toString());
    config.setString("execution.checkpointing.externalized-checkpoint-retention", "RETAIN_ON_CANCELLATION");
    config.setString("restart-strategy.type", "none");
    config.setString("parallelism.default", "2");
    Optional<Path> last = Checkpoints.last(checkpoints);
    last.ifPresent(path -> config.setString("execution.state-recovery.path", path.toUri().toString()));
    System.out.println("begins at " + last.map(Path::toString).orElse("the start"));

    StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment(config);
    StreamTableEnvironment tables = StreamTableEnvironment.create(environment);
    tables.executeSql("CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', 'fields.n.kind' = 'sequence',"
        + " 'fields.n.start' = '1', 'fields.n.end' = '" + count + "', 'rows-per-second' = '" + perSecond + "')");
    tables.executeSql("CREATE TABLE sink (n BIGINT) WITH ('connector' = 'kafka', 'topic' = '" + topic + "',"
        + " 'properties.bootstrap.servers' = '" + bootstrap + "', 'format' = 'csv',"
        + " 'sink.delivery-guarantee' = 'exactly-once', 'sink.transactional-id-prefix' = 'numbers')");
    tables.executeSql("INSERT INTO sink SELECT n FROM numbers").await();
    System.out.println("finished");
    System.exit(0);
  }

  private ExactlyOnceJob() {}
}
