CREATE TABLE s (price DECIMAL(10, 2), quantity INT, cost AS price * quantity, label AS CONCAT('q', CAST(quantity AS STRING))) WITH ('connector' = 'test');
SELECT cost, label FROM s;
