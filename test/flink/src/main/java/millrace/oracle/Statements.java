package millrace.oracle;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Cuts a script into statements at ';' outside quotes and comments; "... STATEMENT SET BEGIN .. END" stays in one piece. */
final class Statements {
  private Statements() {}

  static List<String> split(String text) {
    List<String> pieces = new ArrayList<>();
    int begin = 0;
    for (int i = 0; i < text.length();) {
      char c = text.charAt(i);
      if (c == ';') {
        String piece = text.substring(begin, i).strip();
        if (!isOpenSet(piece)) {
          if (!withoutComments(piece).isBlank()) pieces.add(piece);
          begin = i + 1;
        }
        ++i;
      } else {
        i = skip(text, i);
      }
    }
    String rest = text.substring(begin).strip();
    if (!withoutComments(rest).isBlank()) pieces.add(rest);
    return pieces;
  }

  /** The text with comments and what quotes hold blanked out, in upper case: for looking at keywords only. */
  static String withoutComments(String text) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < text.length();) {
      int next = skip(text, i);
      if (next > i + 1) {
        out.append(text.charAt(i) == '-' || text.charAt(i) == '/' ? " " : "?");
      } else {
        out.append(text.charAt(i));
      }
      i = next;
    }
    return out.toString().toUpperCase(Locale.ROOT);
  }

  private static boolean isOpenSet(String piece) {
    String words = withoutComments(piece).strip().replaceAll("\\s+", " ");
    return words.matches("(EXPLAIN |EXECUTE |COMPILE |.* FOR )?(\\w+ )*STATEMENT SET BEGIN .*") && !words.endsWith(" END");
  }

  /** The index behind the quote or comment that begins at `i`, else i + 1. */
  private static int skip(String text, int i) {
    char c = text.charAt(i);
    String end = c == '\'' ? "'" : c == '`' ? "`" : c == '"' ? "\"" : text.startsWith("--", i) ? "\n" : text.startsWith("/*", i) ? "*/" : null;
    if (end == null) return i + 1;
    int from = i + (end.equals("*/") ? 2 : 1);
    int found = text.indexOf(end, from);
    return found < 0 ? text.length() : found + end.length();
  }
}
