// Words of Flink SQL, for highlighting; completion asks the server.
export const KEYWORDS = new Set(`ADD ALL ALTER ANALYZE AND ANY ARRAY AS ASC AT BEGIN BETWEEN BOTH BY CALL CASE CAST CATALOG CATALOGS CHANGELOG_MODE COLUMNS COMMENT COMPILE
COMPUTE CONSTRAINT CREATE CROSS CUBE CUMULATE CURRENT CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP DATABASE DATABASES DAY DEFINE DELETE DESC DESCRIBE DESCRIPTOR DISTINCT
DISTRIBUTED DROP ELSE EMPTY END ENFORCED ESCAPE ESTIMATED_COST EXCEPT EXECUTE EXISTS EXPLAIN EXTENDED EXTRACT FALSE FETCH FIRST FOLLOWING FOR FROM FULL FUNCTION FUNCTIONS
GENERATED GROUP GROUPING HAVING HOP HOUR IF IN INCLUDING INNER INSERT INTERSECT INTERVAL INTO IS JAR JARS JOB JOBS JOIN JSON_EXECUTION_PLAN KEY LAST LATERAL LEADING LEFT LIKE
LIMIT LOAD LOCAL LOCALTIME LOCALTIMESTAMP MAP MATCH_RECOGNIZE MEASURES METADATA MINUTE MODULE MODULES MONTH MULTISET NATURAL NOT NULL NULLS OF OFFSET ON OPTIONS OR ORDER
ORDINALITY OUTER OVER OVERLAPS OVERWRITE PARTITION PARTITIONED PARTITIONS PAST PATTERN PER PLAN_ADVICE PRECEDING PRIMARY RANGE RENAME REPLACE RESET RIGHT ROLLUP ROW ROWS
ROW_NUMBER SAVEPOINT SECOND SELECT SESSION SET SETS SHOW SIMILAR SKIP SOME STATEMENT STOP SYSTEM SYSTEM_TIME TABLE TABLES TEMPORARY THEN TO TRAILING TRUE TRUNCATE TUMBLE
UNBOUNDED UNION UNIQUE UNNEST UPDATE USE USING VALUES VIEW VIEWS VIRTUAL WATERMARK WHEN WHERE WINDOW WITH WITHIN WITHOUT YEAR`.split(/\s+/));

export const TYPES = new Set(`BIGINT BINARY BOOLEAN BYTES CHAR DATE DEC DECIMAL DOUBLE FLOAT INT INTEGER NUMERIC PRECISION RAW REAL SMALLINT STRING TIME TIMESTAMP TIMESTAMP_LTZ
TINYINT VARBINARY VARCHAR ZONE`.split(/\s+/));

export type TokenKind = 'keyword' | 'type' | 'string' | 'number' | 'comment' | 'name' | 'text';

const TOKEN = /(--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|('(?:[^']|'')*'?)|(`(?:[^`]|``)*`?)|(\b\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b)|([A-Za-z_]\w*)/g;

/** Cuts SQL into coloured pieces; together they are the text. */
export function tokens(text: string): { kind: TokenKind; text: string }[] {
  const pieces: { kind: TokenKind; text: string }[] = [];
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    if (match.index! > end) pieces.push({ kind: 'text', text: text.slice(end, match.index) });
    pieces.push({ kind: kindOf(match), text: match[0] });
    end = match.index! + match[0].length;
  }
  if (end < text.length) pieces.push({ kind: 'text', text: text.slice(end) });
  return pieces;
}

function kindOf([word, comment, string, quoted, number]: RegExpMatchArray): TokenKind {
  if (comment) return 'comment';
  if (string) return 'string';
  if (quoted) return 'name';
  if (number) return 'number';
  const upper = word.toUpperCase();
  return KEYWORDS.has(upper) ? 'keyword' : TYPES.has(upper) ? 'type' : 'text';
}
