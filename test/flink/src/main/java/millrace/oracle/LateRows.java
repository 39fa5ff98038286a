package millrace.oracle;

import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Metric;
import org.apache.flink.metrics.MetricConfig;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.reporter.MetricReporter;
import org.apache.flink.metrics.reporter.MetricReporterFactory;

/** Sums Flink's counters of late rows over all operators that ran since the last reset. Threads: any. */
public final class LateRows implements MetricReporter {
  private static final List<Counter> COUNTERS = new ArrayList<>();

  static void reset() {
    synchronized (COUNTERS) {
      COUNTERS.clear();
    }
  }

  static long count() {
    synchronized (COUNTERS) {
      return COUNTERS.stream().mapToLong(Counter::getCount).sum();
    }
  }

  @Override
  public void open(MetricConfig config) {}

  @Override
  public void close() {}

  @Override
  public void notifyOfAddedMetric(Metric metric, String name, MetricGroup group) {
    if (!name.equals("numLateRecordsDropped") || !(metric instanceof Counter counter)) return;
    synchronized (COUNTERS) {
      COUNTERS.add(counter);
    }
  }

  @Override
  public void notifyOfRemovedMetric(Metric metric, String name, MetricGroup group) {}

  /** Found by Flink through META-INF/services. */
  public static final class Factory implements MetricReporterFactory {
    @Override
    public MetricReporter createMetricReporter(Properties properties) {
      return new LateRows();
    }
  }
}
