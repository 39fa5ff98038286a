CREATE TABLE s (k STRING, v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'test', 'changelog' = 'all');
CREATE TABLE o (k STRING, n BIGINT, total INT) WITH ('connector' = 'test');
INSERT INTO o SELECT k, COUNT(*), SUM(v) FROM TABLE(TUMBLE(TABLE s, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY k, window_start, window_end;
