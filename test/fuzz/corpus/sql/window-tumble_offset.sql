CREATE TABLE s (v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'test');
CREATE TABLE o (ws TIMESTAMP(3), we TIMESTAMP(3), total INT) WITH ('connector' = 'test');
INSERT INTO o SELECT window_start, window_end, SUM(v)
FROM TABLE(TUMBLE(TABLE s, DESCRIPTOR(ts), INTERVAL '10' MINUTES, INTERVAL '6' MINUTES)) GROUP BY window_start, window_end;
