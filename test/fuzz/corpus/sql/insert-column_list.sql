CREATE TABLE s (a INT) WITH ('connector' = 'test');
CREATE TABLE o (x INT, y STRING, z INT) WITH ('connector' = 'test');
INSERT INTO o (z, x) SELECT a, a + 1 FROM s;
