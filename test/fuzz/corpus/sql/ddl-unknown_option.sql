CREATE TABLE s (x INT) WITH ('connector' = 'test', 'changelogg' = 'all');
SELECT * FROM s;
