CREATE TABLE s (a INT, b STRING) WITH ('connector' = 'test');
CREATE TABLE o (x INT, y STRING) WITH ('connector' = 'test');
INSERT INTO o SELECT a + 1, b || '!' FROM s WHERE a > 1 OR b = 'keep';
