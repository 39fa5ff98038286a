CREATE TABLE o (x INT, y STRING) WITH ('connector' = 'test');
INSERT INTO o VALUES (1, 'a'), (2, 'b');
