SET 'table.local-time-zone' = 'Europe/Berlin';
CREATE TABLE s (v INT, ms BIGINT, ts AS TO_TIMESTAMP_LTZ(ms, 3), WATERMARK FOR ts AS ts) WITH ('connector' = 'test');
CREATE TABLE o (ws TIMESTAMP(3), total INT) WITH ('connector' = 'test');
INSERT INTO o SELECT window_start, SUM(v) FROM TABLE(TUMBLE(TABLE s, DESCRIPTOR(ts), INTERVAL '1' HOUR)) GROUP BY window_start, window_end;
