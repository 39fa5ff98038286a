CREATE TABLE s (v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'test');
SELECT window_start, SUM(v) FROM TABLE(CUMULATE(TABLE s, DESCRIPTOR(ts), INTERVAL '3' SECONDS, INTERVAL '10' SECONDS)) GROUP BY window_start, window_end;
