CREATE TABLE s (a STRING, b INT, v BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'test');
CREATE TABLE o (a STRING, parity INT, total BIGINT) WITH ('connector' = 'test');
INSERT INTO o SELECT UPPER(a), b % 2, SUM(v)
FROM TABLE(TUMBLE(TABLE s, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, UPPER(a), b % 2;
