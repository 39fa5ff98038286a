CREATE TABLE s (a INT) WITH ('connector' = 'test');
CREATE TABLE small (x INT) WITH ('connector' = 'test');
CREATE TABLE big (x INT) WITH ('connector' = 'test');
BEGIN STATEMENT
SET;
INSERT INTO small SELECT a FROM s WHERE a < 10;
INSERT INTO big SELECT a FROM s WHERE a >= 10;
END;
