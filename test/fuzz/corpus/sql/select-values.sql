SELECT id, name FROM (VALUES (1, 'one'), (2, 'three'), (3, CAST(NULL AS STRING))) AS t (id, name);
