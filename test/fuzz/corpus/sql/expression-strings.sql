CREATE TABLE s (t STRING) WITH ('connector' = 'test');
SELECT UPPER(t), CHAR_LENGTH(t), SUBSTRING(t, 2, 3), SUBSTRING(t FROM -2), POSITION('i' IN t), REPLACE(t, 'l', 'LL'), TRIM('F' FROM t), REVERSE(t), LPAD(t, 7, '*'), CONCAT_WS('-', t, CAST(NULL AS STRING), 'x') FROM s;
