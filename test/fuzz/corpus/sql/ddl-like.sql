CREATE TABLE a (x INT, y STRING) WITH ('connector' = 'test');
CREATE TABLE b (z AS x + 1) WITH ('changelog' = 'insert') LIKE a;
SELECT * FROM b;
