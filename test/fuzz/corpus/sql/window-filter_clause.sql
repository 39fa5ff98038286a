CREATE TABLE s (v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'test');
CREATE TABLE o (big BIGINT, total INT, nothing INT) WITH ('connector' = 'test');
INSERT INTO o SELECT COUNT(*) FILTER (WHERE v > 10), SUM(v) FILTER (WHERE v <= 10), MAX(v) FILTER (WHERE v > 100)
FROM TABLE(TUMBLE(TABLE s, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end;
