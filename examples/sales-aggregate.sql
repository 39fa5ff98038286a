-- Sales per store and minute: reads the topic SALES, writes the sums of every closed minute to the topic
-- SALES_AGGREGATE, where a store's latest minute replaces the one before. Runs on Apache Flink and here, unchanged.

SET 'state.backend' = 'rocksdb';
SET 'execution.checkpointing.mode' = 'EXACTLY_ONCE';
SET 'execution.checkpointing.interval' = '10s';
SET 'execution.checkpointing.min-pause' = '10s';
SET 'execution.checkpointing.externalized-checkpoint-retention' = 'RETAIN_ON_CANCELLATION';
SET 'sql-client.execution.result-mode'='TABLEAU';
SET 'parallelism.default' = '1';

-- Both are built in here; Flink needs the files.
ADD JAR '/opt/sql-client/lib/flink-sql-connector-kafka-1.16.0.jar';
ADD JAR '/opt/sql-client/lib/flink-sql-avro-confluent-registry-1.16.0.jar';

DROP TABLE IF EXISTS SALES;

CREATE TABLE SALES (
  store_id VARCHAR,
  sale_amount INT,
  sale_ts TIMESTAMP(3),
  -- A minute closes once a sale arrives that is 5 s past its end.
  WATERMARK FOR sale_ts AS sale_ts - INTERVAL '5' SECOND
) WITH (
  'connector' = 'kafka',
  'topic' = 'SALES',
  'properties.bootstrap.servers' = 'kafka_broker:29092',
  'properties.group.id' = 'flink-sales',
  'scan.startup.mode' = 'earliest-offset',
  'format' = 'avro-confluent',
  'avro-confluent.url' = 'http://schema-registry:8081'
);

CREATE TABLE SALES_AGGREGATE (
  store_id VARCHAR,
  window_start TIMESTAMP(3),
  window_end TIMESTAMP(3),
  aggregated_sales INT,
  PRIMARY KEY (store_id) NOT ENFORCED
) WITH (
  'connector' = 'upsert-kafka',
  'topic' = 'SALES_AGGREGATE',
  'properties.bootstrap.servers' = 'kafka_broker:29092',
  'key.format' = 'avro-confluent',
  'key.avro-confluent.url' = 'http://schema-registry:8081',
  'value.format' = 'avro-confluent',
  'value.avro-confluent.url' = 'http://schema-registry:8081'
);

BEGIN STATEMENT
SET;

INSERT INTO SALES_AGGREGATE
SELECT
  store_id,
  window_start,
  window_end,
  SUM(sale_amount) AS aggregated_sales
FROM TABLE(TUMBLE(TABLE SALES, DESCRIPTOR(sale_ts), INTERVAL '60' SECOND))
GROUP BY store_id, window_start, window_end;

END;
