package millrace.oracle;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.api.internal.TableEnvironmentInternal;
import org.apache.flink.table.api.internal.TableResultInternal;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.operations.BeginStatementSetOperation;
import org.apache.flink.table.operations.EndStatementSetOperation;
import org.apache.flink.table.operations.ExplainOperation;
import org.apache.flink.table.operations.ModifyOperation;
import org.apache.flink.table.operations.Operation;
import org.apache.flink.table.operations.QueryOperation;
import org.apache.flink.table.operations.command.AddJarOperation;
import org.apache.flink.table.operations.command.ResetOperation;
import org.apache.flink.table.operations.command.SetOperation;
import org.apache.flink.util.CloseableIterator;

/** Runs one script on Flink and compares, by the rule of the native runner's mode `exact`. */
final class ScriptRun {
  // One phase: in two, Flink counts late rows in bundles, and its local phase keeps rows past the end of windows that are not
  // aligned to UTC (an offset, a zone without daylight saving) or lie before 1970, so that they are lost as late.
  private static final Map<String, String> DEFAULTS = Map.ofEntries(
      Map.entry("classloader.check-leaked-classloader", "false"),
      Map.entry("execution.buffer-timeout.interval", "0 ms"),
      Map.entry("execution.checkpointing.timeout", "2 s"),
      Map.entry("execution.checkpointing.tolerable-failed-checkpoints", "1000"),
      Map.entry("execution.target", LocalCluster.NAME),
      Map.entry("parallelism.default", "1"),
      Map.entry("pipeline.auto-watermark-interval", "0 ms"),
      Map.entry("restart-strategy.type", "none"),
      Map.entry("table.local-time-zone", "UTC"),
      Map.entry("table.optimizer.agg-phase-strategy", "ONE_PHASE"));

  private final Script script;
  private final LocalCluster cluster;
  private final StreamTableEnvironment table;
  private List<ModifyOperation> statementSet;
  private List<String> lastRows = List.of();  // of the last SHOW, DESCRIBE ..
  private boolean lastIsOurs;                 // the last statement shows something of our own
  private Throwable error;

  final List<String> problems = new ArrayList<>();
  final List<String> leftOut = new ArrayList<>();
  int numChecked;

  ScriptRun(Script script, LocalCluster cluster) {
    this.script = script;
    this.cluster = cluster;
    StreamExecutionEnvironment environment =
        new StreamExecutionEnvironment(cluster, Configuration.fromMap(DEFAULTS), ScriptRun.class.getClassLoader());
    table = StreamTableEnvironment.create(environment);
    DEFAULTS.forEach(this::set);
  }

  void execute() {
    cluster.setCheckpoints(script.checkpoints);
    TestSink.reset();
    LateRows.reset();
    try {
      for (Script.Section section : script.sections) {
        if (section.kind != Script.Kind.SQL) continue;
        for (String statement : Statements.split(section.text)) runStatement(statement);
      }
    } catch (Exception | Error e) {
      error = e;
    }
    check();
  }

  private void set(String key, String value) {
    table.getConfig().getConfiguration().setString(key, value);
  }

  private void runStatement(String statement) throws Exception {
    TableEnvironmentInternal internal = (TableEnvironmentInternal) table;
    Operation operation = internal.getParser().parse(statement).get(0);
    lastIsOurs = false;
    if (operation instanceof SetOperation set) {
      lastIsOurs = set.getKey().isEmpty();
      if (set.getKey().isPresent()) applySet(set.getKey().get(), set.getValue().orElse(""));
    } else if (operation instanceof ResetOperation reset) {
      applyReset(reset);
    } else if (operation instanceof AddJarOperation) {
      leftOut.add("ADD JAR: the jar is built in, and on no class path here");
    } else if (operation instanceof ExplainOperation) {
      lastIsOurs = true;
    } else if (operation instanceof BeginStatementSetOperation) {
      statementSet = new ArrayList<>();
    } else if (operation instanceof EndStatementSetOperation) {
      List<ModifyOperation> inserts = statementSet;
      statementSet = null;
      finish(internal.executeInternal(inserts), false);
    } else if (statementSet != null) {
      statementSet.add((ModifyOperation) operation);
    } else {
      finish(internal.executeInternal(operation), operation instanceof QueryOperation);
    }
  }

  private void applySet(String key, String value) {
    if (key.startsWith("execution.checkpointing.") || key.equals("table.dml-sync")) {
      leftOut.add("SET " + key + ": checkpoints and waiting are the feed's matter");
      return;
    }
    set(key, value);
  }

  private void applyReset(ResetOperation reset) {
    Configuration config = table.getConfig().getConfiguration();
    List<String> keys = reset.getKey().map(List::of).orElseGet(() -> new ArrayList<>(config.toMap().keySet()));
    for (String key : keys) config.removeKey(key);
    DEFAULTS.forEach(this::set);
  }

  private void finish(TableResultInternal result, boolean isQuery) throws Exception {
    JobClient job = result.getJobClient().orElse(null);
    if (job != null) cluster.feed().run(script, cluster.cluster(), job);
    if (job != null && !isQuery) return;
    RowText text = new RowText(result.getResolvedSchema().toPhysicalRowDataType());
    List<String> rows = new ArrayList<>();
    try (CloseableIterator<RowData> iterator = result.collectInternal()) {
      while (iterator.hasNext()) rows.add(text.text(iterator.next(), isQuery));
    }
    if (isQuery) {
      rows.forEach(row -> TestSink.collect("", row));
    } else {
      lastRows = rows;
    }
  }

  private void check() {
    boolean expectsError = false;
    for (Script.Section section : script.sections) {
      expectsError |= section.kind == Script.Kind.EXPECT_ERROR;
      String reason = reasonToLeaveOut(section);
      if (reason != null) {
        leftOut.add("== " + section.header + ": " + reason);
        continue;
      }
      switch (section.kind) {
        case EXPECT -> checkChanges(section);
        case EXPECT_ERROR -> checkError(section);
        case EXPECT_TABLE -> checkShown(section, section.rows.stream().map(row -> row.text(false)).toList(), lastRows);
        case EXPECT_TEXT -> checkShown(section, List.of(section.text), List.of(String.join("\n", lastRows).strip()));
        case EXPECT_LATE -> checkShown(section, List.of("late " + section.number), List.of("late " + LateRows.count()));
        case SQL, INPUT, WATERMARK, EXPLAIN, SKIP -> {}
      }
    }
    if (error != null && !expectsError) problems.add("Flink failed:\n" + indented(List.of(messages(error).split("\n"))));
  }

  private String reasonToLeaveOut(Script.Section section) {
    if (section.kind == Script.Kind.EXPLAIN) return "plans are our own";
    boolean shows = section.kind == Script.Kind.EXPECT_TEXT || section.kind == Script.Kind.EXPECT_TABLE;
    if (shows && lastIsOurs) return "EXPLAIN and the list of settings are our own";
    return script.leftOutReason(section);
  }

  private void checkError(Script.Section section) {
    ++numChecked;
    String expected = script.flinkError != null ? script.flinkError : section.text;
    if (error == null) {
      problems.add("line " + section.line + ": an error was expected, but Flink gives none");
    } else if (!messages(error).contains(expected)) {
      problems.add("line " + section.line + ": Flink's error is\n" + indented(List.of(messages(error).split("\n"))));
    }
  }

  private void checkShown(Script.Section section, List<String> expected, List<String> got) {
    ++numChecked;
    if (!expected.equals(got)) problems.add("line " + section.line + ": Flink shows\n" + indented(got));
  }

  private void checkChanges(Script.Section section) {
    ++numChecked;
    List<String> expected = new ArrayList<>(section.rows.stream().map(row -> row.text(true)).toList());
    List<String> got = TestSink.collected(section.name);
    String problem = fold(got);
    List<String> sorted = new ArrayList<>(got);
    Collections.sort(sorted);
    Collections.sort(expected);
    if (problem.isEmpty() && sorted.equals(expected)) return;
    String who = section.name.isEmpty() ? "the SELECT" : section.name;
    problems.add("line " + section.line + ": " + problem + "on Flink " + who + " wrote\n" + indented(got));
  }

  /** A text when a change takes back a row that was not there. */
  private static String fold(List<String> changes) {
    Map<String, Integer> left = new TreeMap<>();
    for (String change : changes) {
      int count = left.merge(change.substring(Math.min(5, change.length())), change.startsWith("-") ? -1 : 1, Integer::sum);
      if (count < 0) return change + " takes back a row that was not there; ";
    }
    return "";
  }

  private static String messages(Throwable error) {
    StringBuilder out = new StringBuilder();
    for (Throwable cause = error; cause != null; cause = cause.getCause()) {
      out.append(cause.getClass().getSimpleName()).append(": ").append(cause.getMessage()).append('\n');
    }
    return out.toString();
  }

  private static String indented(List<String> lines) {
    return lines.isEmpty() ? "    (nothing)" : "    " + String.join("\n", lines).replace("\n", "\n    ");
  }
}
