package millrace.oracle;

import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.table.api.TableConfig;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.planner.codegen.CodeGeneratorContext;
import org.apache.flink.table.planner.functions.casting.RowDataToStringConverterImpl;
import org.apache.flink.table.types.DataType;

/** Rows as Flink's own client prints them, in the shape of a golden script: zoned times in UTC. One thread at a time. */
final class RowText {
  private final RowDataToStringConverterImpl converter;
  private final int arity;

  RowText(DataType rowType) {
    ClassLoader loader = RowText.class.getClassLoader();
    converter = new RowDataToStringConverterImpl(rowType, ZoneOffset.UTC, loader, false, new CodeGeneratorContext(TableConfig.getDefault(), loader));
    arity = rowType.getLogicalType().getChildren().size();
  }

  String text(RowData row, boolean withKind) {
    String[] cells = converter.convert(row);
    List<String> parts = new ArrayList<>();
    if (withKind) parts.add(row.getRowKind().shortString());
    for (int i = 0; i < arity; ++i) parts.add(row.isNullAt(i) ? "NULL" : cells[i]);
    return String.join(" | ", parts);
  }
}
