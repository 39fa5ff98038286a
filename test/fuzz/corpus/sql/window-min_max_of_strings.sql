CREATE TABLE s (v STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'test');
CREATE TABLE o (lo STRING, hi STRING) WITH ('connector' = 'test');
INSERT INTO o SELECT MIN(v), MAX(v) FROM TABLE(TUMBLE(TABLE s, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end;
