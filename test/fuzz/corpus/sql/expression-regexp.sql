CREATE TABLE s (t STRING) WITH ('connector' = 'test');
SELECT REGEXP_EXTRACT(t, 'foo(.*?)(bar)', 2), REGEXP_REPLACE(t, '(?<=o)b', 'B'), SPLIT_INDEX(t, 'o', 2) FROM s;
