CREATE TABLE s (v INT, ts TIMESTAMP(3)) WITH ('connector' = 'test');
SELECT window_start, SUM(v) FROM TABLE(TUMBLE(TABLE s, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end;
