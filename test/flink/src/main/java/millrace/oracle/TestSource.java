package millrace.oracle;

import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.streaming.api.functions.source.RichSourceFunction;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.RowType;

/** One reader of a `'connector' = 'test'` table. Flink's own generator makes the watermarks; each row's follows it at once. */
final class TestSource extends RichSourceFunction<RowData> {
  private final String table;
  private final RowType type;
  private final WatermarkStrategy<RowData> strategy;  // null: the table has none
  private final boolean batch;                        // a batch job reads all without a word of watermarks
  private int feed;
  private int reader;

  TestSource(String table, RowType type, WatermarkStrategy<RowData> strategy, boolean batch) {
    this.table = table;
    this.type = type;
    this.strategy = strategy;
    this.batch = batch;
  }

  String table() {
    return table;
  }

  void bind(int feed, int reader) {
    this.feed = feed;
    this.reader = reader;
  }

  @Override
  public void run(SourceContext<RowData> context) throws Exception {
    Feed source = Feed.of(feed);
    WatermarkGenerator<RowData> generator = strategy == null ? null : strategy.createWatermarkGenerator(() -> getRuntimeContext().getMetricGroup());
    Forward output = new Forward(context);
    for (Feed.Event event = source.take(reader); event != Feed.END; event = source.take(reader)) {
      synchronized (context.getCheckpointLock()) {
        if (event.row() != null) {
          RowData row = Values.parseRow(event.row(), type);
          context.collect(row);
          if (generator != null) generator.onEvent(row, Long.MIN_VALUE, output);
        } else if (event == Feed.ADVANCE) {
          if (generator != null) generator.onPeriodicEmit(output);
        } else if (!batch) {
          output.emitWatermark(new Watermark(event.watermark()));
        }
      }
      source.markProcessed();
    }
    source.markProcessed();
  }

  @Override
  public void cancel() {
    // The thread is interrupted while it waits for its next event.
  }

  /** Passes watermarks on only when they grow, as the outputs of Flink's own sources do. */
  private static final class Forward implements WatermarkOutput {
    private final SourceContext<RowData> context;
    private long last = Long.MIN_VALUE;

    Forward(SourceContext<RowData> context) {
      this.context = context;
    }

    @Override
    public void emitWatermark(Watermark watermark) {
      if (watermark.getTimestamp() <= last) return;
      last = watermark.getTimestamp();
      context.emitWatermark(new org.apache.flink.streaming.api.watermark.Watermark(last));
    }

    @Override
    public void markIdle() {}

    @Override
    public void markActive() {}
  }
}
