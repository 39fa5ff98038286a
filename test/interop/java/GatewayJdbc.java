import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** Flink's JDBC driver on a SQL gateway: runs each argument behind the URL and prints what comes back. */
public final class GatewayJdbc {
  private static final int MAX_ROWS = 20;

  public static void main(String[] args) throws Exception {
    try (Connection connection = DriverManager.getConnection(args[0])) {
      System.out.println("product " + connection.getMetaData().getDatabaseProductName());
      System.out.println("catalog " + connection.getCatalog() + " schema " + connection.getSchema());
      try (Statement statement = connection.createStatement()) {
        for (int i = 1; i < args.length; ++i) run(statement, args[i]);
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
      List<String> cells = new ArrayList<>();
      for (int i = 1; i <= columns.getColumnCount(); ++i) cells.add(String.valueOf(rows.getObject(i)));
      System.out.println(label + " " + cells);
    }
  }
}
