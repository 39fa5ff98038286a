package millrace.oracle;

import java.util.Set;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.connector.sink.SinkFunctionProvider;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.connector.source.ScanTableSource;
import org.apache.flink.table.connector.source.SourceFunctionProvider;
import org.apache.flink.table.connector.source.abilities.SupportsSourceWatermark;
import org.apache.flink.table.connector.source.abilities.SupportsWatermarkPushDown;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.factories.DynamicTableSinkFactory;
import org.apache.flink.table.factories.DynamicTableSourceFactory;
import org.apache.flink.table.factories.FactoryUtil;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;

/** The connector `test` of the golden scripts, for Flink: src/app/golden/test_connector.h says what it must do. */
public final class TestTableFactory implements DynamicTableSourceFactory, DynamicTableSinkFactory {
  private enum Changelog { INSERT, UPSERT, ALL }

  private static final ConfigOption<Changelog> CHANGELOG =
      ConfigOptions.key("changelog").enumType(Changelog.class).noDefaultValue();

  @Override
  public String factoryIdentifier() {
    return "test";
  }

  @Override
  public Set<ConfigOption<?>> requiredOptions() {
    return Set.of();
  }

  @Override
  public Set<ConfigOption<?>> optionalOptions() {
    return Set.of(CHANGELOG);
  }

  @Override
  public DynamicTableSource createDynamicTableSource(Context context) {
    FactoryUtil.TableFactoryHelper helper = FactoryUtil.createTableFactoryHelper(this, context);
    helper.validate();
    return new Source(context.getObjectIdentifier().getObjectName(), context.getPhysicalRowDataType(),
        modeOf(helper.getOptions().getOptional(CHANGELOG).orElse(Changelog.INSERT)), isBatch(context.getConfiguration()));
  }

  @Override
  public DynamicTableSink createDynamicTableSink(Context context) {
    FactoryUtil.TableFactoryHelper helper = FactoryUtil.createTableFactoryHelper(this, context);
    helper.validate();
    return new Sink(context.getObjectIdentifier().getObjectName(), context.getPhysicalRowDataType(),
        modeOf(helper.getOptions().getOptional(CHANGELOG).orElse(Changelog.ALL)));
  }

  private static boolean isBatch(ReadableConfig config) {
    return config.get(ExecutionOptions.RUNTIME_MODE) == RuntimeExecutionMode.BATCH;
  }

  private static ChangelogMode modeOf(Changelog changelog) {
    return switch (changelog) {
      case INSERT -> ChangelogMode.insertOnly();
      case UPSERT -> ChangelogMode.upsert();
      case ALL -> ChangelogMode.all();
    };
  }

  private static final class Source implements ScanTableSource, SupportsWatermarkPushDown, SupportsSourceWatermark {
    private final String table;
    private final DataType type;
    private final ChangelogMode mode;
    private final boolean batch;
    private WatermarkStrategy<RowData> strategy;

    Source(String table, DataType type, ChangelogMode mode, boolean batch) {
      this.table = table;
      this.type = type;
      this.mode = mode;
      this.batch = batch;
    }

    @Override
    public ChangelogMode getChangelogMode() {
      return mode;
    }

    @Override
    public void applyWatermark(WatermarkStrategy<RowData> watermarks) {
      strategy = watermarks;
    }

    @Override
    public void applySourceWatermark() {
      // The script's "== watermark" sections are forwarded in any case.
    }

    @Override
    public ScanRuntimeProvider getScanRuntimeProvider(ScanContext context) {
      // Flink keeps back the watermarks of a source that calls itself bounded.
      return SourceFunctionProvider.of(new TestSource(table, (RowType) type.getLogicalType(), strategy, batch), batch);
    }

    @Override
    public DynamicTableSource copy() {
      Source copy = new Source(table, type, mode, batch);
      copy.strategy = strategy;
      return copy;
    }

    @Override
    public String asSummaryString() {
      return "test";
    }
  }

  private record Sink(String table, DataType type, ChangelogMode mode) implements DynamicTableSink {
    @Override
    public ChangelogMode getChangelogMode(ChangelogMode requested) {
      return mode;
    }

    @Override
    public SinkRuntimeProvider getSinkRuntimeProvider(Context context) {
      return SinkFunctionProvider.of(new TestSink(table, type), 1);
    }

    @Override
    public DynamicTableSink copy() {
      return this;
    }

    @Override
    public String asSummaryString() {
      return "test";
    }
  }
}
