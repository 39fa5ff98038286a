CREATE TABLE s (v DECIMAL(10, 2), ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'test');
CREATE TABLE o (total DECIMAL(38, 2), mean DECIMAL(38, 6), lo DECIMAL(10, 2)) WITH ('connector' = 'test');
INSERT INTO o SELECT SUM(v), AVG(v), MIN(v) FROM TABLE(TUMBLE(TABLE s, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end;
