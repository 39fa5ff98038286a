CREATE TABLE s (a BOOLEAN, b BOOLEAN) WITH ('connector' = 'test');
SELECT a AND b, a OR b, NOT a, a IS TRUE, a IS NOT FALSE, a IS UNKNOWN FROM s;
