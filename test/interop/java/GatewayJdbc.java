import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Flink's JDBC driver on a SQL gateway: runs each argument behind the URL and prints what comes back, at most MAX_ROWS rows
 * of a result, which is then closed. "await PATTERN: STATEMENT" runs it again until a row matches.
 */
public final class GatewayJdbc {
  private static final int MAX_ROWS = 20;
  private static final int MAX_TRIES = 100;
  private static final int PAUSE_MILLIS = 200;

  public static void main(String[] args) throws Exception {
    try (Connection connection = DriverManager.getConnection(args[0])) {
      System.out.println("product " + connection.getMetaData().getDatabaseProductName());
      System.out.println("catalog " + connection.getCatalog() + " schema " + connection.getSchema());
      try (Statement statement = connection.createStatement()) {
        for (int i = 1; i < args.length; ++i) runArgument(statement, args[i]);
      }
      try (ResultSet catalogs = connection.getMetaData().getCatalogs()) {
        print("catalogs", catalogs);
      }
      try (ResultSet schemas = connection.getMetaData().getSchemas()) {
        print("schemas", schemas);
      }
    }
    System.exit(0);
  }

  private static void runArgument(Statement statement, String argument) throws Exception {
    if (!argument.startsWith("await ")) {
      run(statement, argument);
      return;
    }
    int colon = argument.indexOf(": ");
    Pattern pattern = Pattern.compile(argument.substring("await ".length(), colon));
    for (int tries = 1; tries < MAX_TRIES && !finds(statement, argument.substring(colon + 2), pattern); ++tries) Thread.sleep(PAUSE_MILLIS);
    run(statement, argument.substring(colon + 2));
  }

  private static boolean finds(Statement statement, String sql, Pattern pattern) throws SQLException {
    statement.execute(sql);
    try (ResultSet rows = statement.getResultSet()) {
      boolean found = false;
      while (rows.next()) found |= pattern.matcher(cells(rows)).find();
      return found;
    }
  }

  private static void run(Statement statement, String sql) throws SQLException {
    System.out.println("> " + sql);
    try {
      if (statement.execute(sql)) {
        try (ResultSet rows = statement.getResultSet()) {
          print("row", rows);
        }
      } else {
        System.out.println("done");
      }
    } catch (SQLException | RuntimeException error) { // the driver passes on what its executor throws
      Throwable cause = error;
      while (cause.getCause() != null) cause = cause.getCause();
      System.out.println("error " + cause.getMessage().replaceAll("(?s).*Caused by: ", "").replaceAll("(?s)\\s*\tat.*", ""));
    }
  }

  private static void print(String label, ResultSet rows) throws SQLException {
    ResultSetMetaData columns = rows.getMetaData();
    List<String> types = new ArrayList<>();
    for (int i = 1; i <= columns.getColumnCount(); ++i) {
      types.add(columns.getColumnName(i) + " " + columns.getColumnTypeName(i));
    }
    System.out.println("columns " + types);
    for (int count = 0; count < MAX_ROWS && rows.next(); ++count) {
      System.out.println(label + " " + cells(rows));
    }
  }

  private static String cells(ResultSet rows) throws SQLException {
    List<String> cells = new ArrayList<>();
    for (int i = 1; i <= rows.getMetaData().getColumnCount(); ++i) cells.add(String.valueOf(rows.getObject(i)));
    return cells.toString();
  }
}
