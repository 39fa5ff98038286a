CREATE TABLE s (k INT, v STRING) WITH ('connector' = 'test', 'changelog' = 'all');
CREATE TABLE o (k INT, v STRING) WITH ('connector' = 'test', 'changelog' = 'insert');
INSERT INTO o SELECT k, v FROM s;
