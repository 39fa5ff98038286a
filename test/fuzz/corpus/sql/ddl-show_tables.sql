CREATE TABLE b (x INT) WITH ('connector' = 'test');
CREATE TEMPORARY TABLE a (x INT) WITH ('connector' = 'test');
CREATE VIEW v AS SELECT x FROM b;
SHOW TABLES;
