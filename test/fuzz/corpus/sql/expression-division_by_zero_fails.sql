CREATE TABLE s (a INT, b INT) WITH ('connector' = 'test');
SELECT a / b FROM s;
