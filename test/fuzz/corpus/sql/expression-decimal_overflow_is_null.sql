CREATE TABLE s (d DECIMAL(5, 2)) WITH ('connector' = 'test');
SELECT CAST(d AS DECIMAL(4, 2)), CAST(d AS DECIMAL(5, 1)) FROM s;
