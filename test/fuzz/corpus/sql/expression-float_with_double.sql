CREATE TABLE s (b BOOLEAN, f FLOAT, d DOUBLE) WITH ('connector' = 'test');
SELECT f + d, d + f, f * d, d * f, TYPEOF(f - d), TYPEOF(d - f), TYPEOF(f / d), TYPEOF(IF(b, f, d)), TYPEOF(CASE WHEN b THEN d ELSE f END) FROM s;
