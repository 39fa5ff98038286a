CREATE TABLE s (a INT, b INT) WITH ('connector' = 'test');
SELECT a = b, a IS DISTINCT FROM b, a IS NOT DISTINCT FROM b FROM s;
