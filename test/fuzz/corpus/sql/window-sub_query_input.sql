CREATE TABLE s (k STRING, v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'test');
CREATE TABLE o (k STRING, total INT) WITH ('connector' = 'test');
CREATE VIEW big AS SELECT k, v * 10 AS v10, ts FROM s WHERE v > 1;
INSERT INTO o SELECT k, SUM(v10) FROM TABLE(TUMBLE(TABLE big, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY k, window_start, window_end;
