package millrace.oracle;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.types.RowKind;

/** A golden script (docs/golden-scripts.md), read with the same rules as the native runner. */
final class Script {
  enum Kind { SQL, INPUT, WATERMARK, EXPECT, EXPECT_ERROR, EXPECT_TEXT, EXPECT_TABLE, EXPECT_LATE, EXPLAIN, SKIP }

  /** One row as written; a null cell is SQL's NULL. */
  record TextRow(RowKind kind, List<String> cells, int line) {
    String text(boolean withKind) {
      List<String> parts = new ArrayList<>();
      if (withKind) parts.add(kind.shortString());
      for (String cell : cells) parts.add(cell == null ? "NULL" : cell);
      return String.join(" | ", parts);
    }
  }

  static final class Section {
    Kind kind;
    String header;  // "expect late 1"
    String name = "";
    String text = "";
    final List<TextRow> rows = new ArrayList<>();
    long number;  // of WATERMARK (epoch millis) and EXPECT_LATE
    int line;
  }

  final Path path;
  final List<Section> sections = new ArrayList<>();
  String skipReason;    // "# flink: skip REASON"
  String flinkError;    // "# flink: error TEXT"
  boolean checkpoints;  // "# flink: checkpoint REASON"
  final Map<String, String> leftOut = new LinkedHashMap<>();  // "# flink: leave out SECTION: REASON"

  private Script(Path path) {
    this.path = path;
  }

  static Script read(Path path) throws IOException {
    Script script = new Script(path);
    int number = 0;
    for (String line : Files.readString(path).split("\n", -1)) {
      ++number;
      if (line.startsWith("== ")) {
        script.sections.add(parseHeader(line.substring(3).trim(), number));
      } else if (script.sections.isEmpty()) {
        script.readDirective(line, number);
      } else {
        Section section = script.sections.get(script.sections.size() - 1);
        section.text += line + "\n";
        boolean hasRows = section.kind == Kind.INPUT || section.kind == Kind.EXPECT || section.kind == Kind.EXPECT_TABLE;
        if (hasRows && !line.isBlank() && !line.startsWith("#")) section.rows.add(parseRow(line, number));
      }
    }
    for (Section section : script.sections) section.text = section.text.strip();
    return script;
  }

  String leftOutReason(Section section) {
    return leftOut.get(section.header);
  }

  private void readDirective(String line, int number) {
    if (!line.startsWith("# flink:")) return;
    String directive = line.substring("# flink:".length()).strip();
    if (directive.startsWith("skip ")) {
      skipReason = directive.substring(5).strip();
    } else if (directive.startsWith("error ")) {
      flinkError = directive.substring(6).strip();
    } else if (directive.startsWith("checkpoint ")) {
      checkpoints = true;
    } else if (directive.startsWith("leave out ") && directive.contains(": ")) {
      String rest = directive.substring("leave out ".length());
      leftOut.put(rest.substring(0, rest.indexOf(": ")).strip(), rest.substring(rest.indexOf(": ") + 2).strip());
    } else {
      throw new IllegalArgumentException("line " + number + ": write '# flink: skip REASON', '# flink: error TEXT', "
          + "'# flink: checkpoint REASON' or '# flink: leave out SECTION: REASON'.");
    }
  }

  private static Section parseHeader(String header, int line) {
    Section section = new Section();
    section.header = header;
    section.line = line;
    String[] words = header.split(" +");
    section.name = words.length > 1 ? words[1] : "";
    section.kind = switch (words[0]) {
      case "sql" -> Kind.SQL;
      case "input" -> Kind.INPUT;
      case "watermark" -> Kind.WATERMARK;
      case "explain" -> Kind.EXPLAIN;
      case "skip" -> Kind.SKIP;
      case "expect" -> switch (section.name) {
        case "error" -> Kind.EXPECT_ERROR;
        case "text" -> Kind.EXPECT_TEXT;
        case "table" -> Kind.EXPECT_TABLE;
        case "late" -> Kind.EXPECT_LATE;
        default -> Kind.EXPECT;
      };
      default -> throw new IllegalArgumentException("line " + line + ": unknown section '" + words[0] + "'.");
    };
    if (section.kind == Kind.EXPECT_LATE) section.number = Long.parseLong(words[2]);
    if (section.kind == Kind.WATERMARK) {
      String time = words[2] + "T" + (words.length > 3 ? words[3] : "00:00:00");
      section.number = LocalDateTime.parse(time).toInstant(ZoneOffset.UTC).toEpochMilli();
    }
    return section;
  }

  private static TextRow parseRow(String line, int number) {
    List<String> parts = splitCells(line);
    RowKind kind = RowKind.INSERT;
    for (RowKind candidate : RowKind.values()) {
      if (parts.get(0).equals(candidate.shortString())) {
        kind = candidate;
        parts.remove(0);
        break;
      }
    }
    List<String> cells = new ArrayList<>();
    for (String part : parts) cells.add(unquote(part));
    return new TextRow(kind, cells, number);
  }

  private static List<String> splitCells(String line) {
    List<String> cells = new ArrayList<>();
    boolean quoted = false;
    int begin = 0;
    for (int i = 0; i < line.length(); ++i) {
      if (line.charAt(i) == '\'') quoted = !quoted;
      if (line.charAt(i) == '|' && !quoted) {
        cells.add(line.substring(begin, i).strip());
        begin = i + 1;
      }
    }
    cells.add(line.substring(begin).strip());
    return cells;
  }

  private static String unquote(String cell) {
    if (cell.equals("NULL")) return null;
    if (cell.length() >= 2 && cell.startsWith("'") && cell.endsWith("'")) {
      return cell.substring(1, cell.length() - 1).replace("''", "'");
    }
    return cell;
  }
}
