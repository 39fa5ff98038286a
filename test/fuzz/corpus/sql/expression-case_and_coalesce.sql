CREATE TABLE s (a INT, b INT) WITH ('connector' = 'test');
SELECT CASE WHEN b = 0 THEN -1 ELSE a / b END, CASE a WHEN 1 THEN 'one' WHEN 2 THEN 'two' END, COALESCE(a, b, 9), NULLIF(a, 2), IF(a > 1, 'big', 'small') FROM s;
