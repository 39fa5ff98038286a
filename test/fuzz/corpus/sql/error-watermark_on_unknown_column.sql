CREATE TABLE s (x INT, WATERMARK FOR ts AS ts) WITH ('connector' = 'test');
