package millrace.oracle;

import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.apache.flink.api.dag.Pipeline;
import org.apache.flink.client.deployment.executors.PipelineExecutorUtils;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.PipelineExecutor;
import org.apache.flink.core.execution.PipelineExecutorFactory;
import org.apache.flink.core.execution.PipelineExecutorServiceLoader;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.runtime.minicluster.MiniClusterJobClient;
import org.apache.flink.streaming.api.graph.StreamGraph;

/** One Flink cluster inside this JVM for all scripts; as an executor it hooks a Feed into each job that it submits. */
final class LocalCluster implements PipelineExecutorServiceLoader, PipelineExecutorFactory, PipelineExecutor, AutoCloseable {
  static final String NAME = "golden";
  private static final int SLOTS = 8;

  private final MiniCluster cluster;
  private int numJobs;
  private boolean checkpoints;
  private Feed feed;

  LocalCluster() throws Exception {
    Configuration config = new Configuration();
    config.set(RestOptions.ADDRESS, "127.0.0.1");
    config.set(RestOptions.BIND_ADDRESS, "127.0.0.1");
    config.set(RestOptions.BIND_PORT, "0");
    config.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(128));
    config.set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.ofMebiBytes(64));
    config.set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.ofMebiBytes(64));
    config.set(CoreOptions.CHECK_LEAKED_CLASSLOADER, false);  // classes of generated code outlive their job in a cache
    config.setString("metrics.reporters", "late");
    config.setString("metrics.reporter.late.factory.class", LateRows.Factory.class.getName());
    cluster = new MiniCluster(new MiniClusterConfiguration.Builder()
        .setConfiguration(config).setNumTaskManagers(1).setNumSlotsPerTaskManager(SLOTS).build());
    cluster.start();
  }

  MiniCluster cluster() {
    return cluster;
  }

  /** Whether the jobs from now on take a checkpoint after every row. */
  void setCheckpoints(boolean afterEveryRow) {
    checkpoints = afterEveryRow;
  }

  /** The feed of the job that was submitted last. */
  Feed feed() {
    return feed;
  }

  @Override
  public CompletableFuture<JobClient> execute(Pipeline pipeline, Configuration config, ClassLoader loader) throws Exception {
    feed = new Feed(++numJobs, (StreamGraph) pipeline, checkpoints);
    JobGraph graph = PipelineExecutorUtils.getJobGraph(pipeline, config, loader);
    cluster.submitJob(graph).get();
    return CompletableFuture.completedFuture(new MiniClusterJobClient(
        graph.getJobID(), cluster, loader, MiniClusterJobClient.JobFinalizationBehavior.NOTHING));
  }

  @Override
  public PipelineExecutorFactory getExecutorFactory(Configuration config) {
    return this;
  }

  @Override
  public Stream<String> getExecutorNames() {
    return Stream.of(getName());
  }

  @Override
  public String getName() {
    return NAME;
  }

  @Override
  public boolean isCompatibleWith(Configuration config) {
    return true;
  }

  @Override
  public PipelineExecutor getExecutor(Configuration config) {
    return this;
  }

  @Override
  public void close() throws Exception {
    cluster.close();
  }
}
