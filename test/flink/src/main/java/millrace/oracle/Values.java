package millrace.oracle;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.utils.LogicalTypeChecks;
import org.apache.flink.table.utils.DateTimeUtils;

/** Text of a script to Flink's internal values. Zoned times are written as UTC, as in the native runner. */
final class Values {
  private Values() {}

  static RowData parseRow(Script.TextRow row, RowType type) {
    if (row.cells().size() != type.getFieldCount()) {
      throw new IllegalArgumentException("line " + row.line() + ": " + row.cells().size() + " values for " + type.getFieldCount() + " columns.");
    }
    GenericRowData out = new GenericRowData(row.kind(), type.getFieldCount());
    for (int i = 0; i < type.getFieldCount(); ++i) {
      String cell = row.cells().get(i);
      out.setField(i, cell == null ? null : parse(cell, type.getTypeAt(i)));
    }
    return out;
  }

  private static Object parse(String text, LogicalType type) {
    return switch (type.getTypeRoot()) {
      case CHAR, VARCHAR -> StringData.fromString(text);
      case BINARY, VARBINARY -> text.getBytes(StandardCharsets.UTF_8);
      case BOOLEAN -> List.of("true", "t", "yes", "y", "1").contains(text.toLowerCase());
      case TINYINT -> Byte.valueOf(text);
      case SMALLINT -> Short.valueOf(text);
      case INTEGER -> Integer.valueOf(text);
      case BIGINT -> Long.valueOf(text);
      case FLOAT -> Float.valueOf(text);
      case DOUBLE -> Double.valueOf(text);
      case DECIMAL -> {
        DecimalType decimal = (DecimalType) type;
        yield DecimalData.fromBigDecimal(new BigDecimal(text), decimal.getPrecision(), decimal.getScale());
      }
      case DATE -> DateTimeUtils.parseDate(text);
      case TIME_WITHOUT_TIME_ZONE -> DateTimeUtils.parseTime(text);
      case TIMESTAMP_WITHOUT_TIME_ZONE, TIMESTAMP_WITH_LOCAL_TIME_ZONE ->
          DateTimeUtils.parseTimestampData(text, LogicalTypeChecks.getPrecision(type));
      default -> throw new IllegalArgumentException("values of type " + type + " cannot be written in a script.");
    };
  }
}
