package millrace.oracle;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.core.execution.CheckpointType;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.executiongraph.AccessExecutionVertex;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.apache.flink.streaming.api.operators.SimpleUdfStreamOperatorFactory;

/**
 * Hands a script's inputs to the source readers of one job, row by row, in the order of the script. Where a job joins several
 * streams, a completed checkpoint between two rows proves that all of its operators have seen the first before the second comes.
 * The main thread feeds; each reader waits in its own source thread. All run in one JVM and meet through `FEEDS`.
 */
final class Feed {
  /** What a reader gets: a row of the script, or a watermark that the source asserts. */
  record Event(String table, Script.TextRow row, Long watermark) {}

  static final Event ADVANCE = new Event(null, null, null);  // emit the watermark of the rows so far
  static final Event END = new Event(null, null, null);
  private static final Map<Integer, Feed> FEEDS = new ConcurrentHashMap<>();
  private static final long PATIENCE_MILLIS = 60_000;

  private final int id;
  private final List<String> tables = new ArrayList<>();  // of each reader
  private final List<BlockingQueue<Event>> queues = new ArrayList<>();
  private final Semaphore processed = new Semaphore(0);
  private final boolean checkpoints;
  private final boolean joinsStreams;

  /** Numbers the readers that a job will have, so before its functions are serialized. `checkpoints`: one after every row. */
  Feed(int id, StreamGraph graph, boolean checkpoints) {
    this.id = id;
    List<StreamNode> nodes = new ArrayList<>(graph.getStreamNodes());
    nodes.sort((a, b) -> Integer.compare(a.getId(), b.getId()));
    for (StreamNode node : nodes) {
      if (node.getOperatorFactory() instanceof SimpleUdfStreamOperatorFactory<?> factory
          && factory.getUserFunction() instanceof TestSource source) {
        source.bind(id, tables.size());
        tables.add(source.table());
        queues.add(new LinkedBlockingQueue<>());
      }
    }
    this.checkpoints = checkpoints;
    joinsStreams = nodes.stream().anyMatch(node -> node.getInEdges().size() > 1);
    FEEDS.put(id, this);
  }

  static Feed of(int id) {
    return FEEDS.get(id);
  }

  Event take(int reader) throws InterruptedException {
    return queues.get(reader).take();
  }

  void markProcessed() {
    processed.release();
  }

  /** Feeds all of the script's inputs and waits until the job has ended; throws what the job failed with. */
  void run(Script script, MiniCluster cluster, JobClient job) throws Exception {
    long deadline = System.currentTimeMillis() + PATIENCE_MILLIS;
    try {
      for (Event event : eventsOf(script)) {
        for (int reader = 0; reader < queues.size(); ++reader) {
          if (!tables.get(reader).equals(event.table())) continue;
          deliver(reader, event, cluster, job, deadline);
          if (event.row() != null) deliver(reader, ADVANCE, cluster, job, deadline);
        }
      }
      for (int reader = 0; reader < queues.size(); ++reader) deliver(reader, END, cluster, job, deadline);
      job.getJobExecutionResult().get(deadline - System.currentTimeMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      job.cancel().get();
      throw new IllegalStateException("the job did not end within " + PATIENCE_MILLIS / 1000 + " s", e);
    } finally {
      FEEDS.remove(id);
    }
  }

  private static List<Event> eventsOf(Script script) {
    List<Event> events = new ArrayList<>();
    for (Script.Section section : script.sections) {
      if (section.kind == Script.Kind.WATERMARK) events.add(new Event(section.name, null, section.number));
      if (section.kind != Script.Kind.INPUT) continue;
      for (Script.TextRow row : section.rows) events.add(new Event(section.name, row, null));
    }
    return events;
  }

  private void deliver(int reader, Event event, MiniCluster cluster, JobClient job, long deadline) throws Exception {
    queues.get(reader).add(event);
    while (!processed.tryAcquire(5, TimeUnit.MILLISECONDS)) {
      if (job.getJobExecutionResult().isDone()) return;  // failed, or done early (LIMIT): run() looks at the result
      if (System.currentTimeMillis() > deadline) throw new TimeoutException();
    }
    if (event == END && reader == queues.size() - 1) return;
    if (event == END) awaitFinishedTasks(reader + 1, cluster, job, deadline);
    if (checkpoints || (joinsStreams && event.row() == null)) settle(cluster, job, deadline);
  }

  /** A checkpoint gets no answer from a task that is just ending: waits until the readers so far have ended. */
  private static void awaitFinishedTasks(int numReaders, MiniCluster cluster, JobClient job, long deadline) throws Exception {
    while (!job.getJobExecutionResult().isDone()) {
      long finished = 0;
      for (AccessExecutionVertex task : cluster.getExecutionGraph(job.getJobID()).get().getAllExecutionVertices()) {
        if (task.getExecutionState() == ExecutionState.FINISHED) ++finished;
      }
      if (finished >= numReaders) return;
      if (System.currentTimeMillis() > deadline) throw new TimeoutException();
      await(job.getJobExecutionResult(), 2);
    }
  }

  /** Returns when a checkpoint has passed through all of the job, so that nothing is under way any more. */
  private static void settle(MiniCluster cluster, JobClient job, long deadline) throws Exception {
    CompletableFuture<JobExecutionResult> result = job.getJobExecutionResult();
    while (!result.isDone()) {
      CompletableFuture<Long> checkpoint = cluster.triggerCheckpoint(job.getJobID(), CheckpointType.FULL);
      while (!checkpoint.isDone() && !result.isDone()) {
        if (System.currentTimeMillis() > deadline) throw new TimeoutException();
        await(CompletableFuture.anyOf(checkpoint, result), 50);
      }
      if (checkpoint.isDone() && !checkpoint.isCompletedExceptionally()) return;
      await(result, 2);  // some tasks are still starting: try again
    }
  }

  private static void await(CompletableFuture<?> future, long millis) throws InterruptedException {
    try {
      future.get(millis, TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException e) {
      // The callers look at the futures themselves.
    }
  }
}
