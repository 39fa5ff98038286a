CREATE TABLE s (a DOUBLE, b DOUBLE) WITH ('connector' = 'test');
SELECT a / b FROM s;
