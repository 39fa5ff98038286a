package millrace.oracle;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.functions.sink.RichSinkFunction;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.DataType;

/** Keeps every change as text at once, because Flink's operators reuse their rows. */
final class TestSink extends RichSinkFunction<RowData> {
  private static final Map<String, List<String>> COLLECTED = new ConcurrentHashMap<>();

  private final String table;
  private final DataType type;
  private transient RowText text;

  TestSink(String table, DataType type) {
    this.table = table;
    this.type = type;
  }

  static void reset() {
    COLLECTED.clear();
  }

  static void collect(String table, String row) {
    List<String> rows = COLLECTED.computeIfAbsent(table, name -> new ArrayList<>());
    synchronized (rows) {
      rows.add(row);
    }
  }

  static List<String> collected(String table) {
    return new ArrayList<>(COLLECTED.getOrDefault(table, List.of()));
  }

  @Override
  public void open(Configuration parameters) {
    text = new RowText(type);
  }

  @Override
  public void invoke(RowData row, Context context) {
    collect(table, text.text(row, true));
  }
}
