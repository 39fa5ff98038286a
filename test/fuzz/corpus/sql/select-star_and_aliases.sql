CREATE TABLE s (a INT, b STRING) WITH ('connector' = 'test');
SELECT t.*, a + 1 AS more FROM s AS t;
