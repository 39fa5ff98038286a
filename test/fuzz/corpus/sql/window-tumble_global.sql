CREATE TABLE s (v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'test');
CREATE TABLE o (ws TIMESTAMP(3), n BIGINT, s INT, a INT, lo INT, hi INT) WITH ('connector' = 'test');
INSERT INTO o SELECT window_start, COUNT(*), SUM(v), AVG(v), MIN(v), MAX(v)
FROM TABLE(TUMBLE(TABLE s, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end;
