CREATE TABLE s (k STRING, v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'test');
CREATE TABLE o (k STRING, ws TIMESTAMP(3), we TIMESTAMP(3), total INT) WITH ('connector' = 'test');
INSERT INTO o SELECT k, window_start, window_end, SUM(v)
FROM TABLE(HOP(TABLE s, DESCRIPTOR(ts), INTERVAL '5' MINUTES, INTERVAL '10' MINUTES)) GROUP BY k, window_start, window_end;
