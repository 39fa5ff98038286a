SET 'table.exec.sink.not-null-enforcer' = 'DROP';
CREATE TABLE s (a INT) WITH ('connector' = 'test');
CREATE TABLE o (x INT NOT NULL) WITH ('connector' = 'test');
INSERT INTO o SELECT a FROM s;
