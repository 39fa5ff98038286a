// Made-up answers of the JSON API, for looking at pages without a server.
const START = Date.now() - 3_600_000;
export const JOB = 'a'.repeat(31) + '1';

const SCRIPT = `SET 'execution.checkpointing.interval' = '10s';

CREATE TABLE SALES (
  store_id VARCHAR,
  sale_amount INT,
  sale_ts TIMESTAMP(3),
  WATERMARK FOR sale_ts AS sale_ts - INTERVAL '5' SECOND
) WITH (
  'connector' = 'kafka',
  'topic' = 'SALES',
  'format' = 'avro-confluent'
);

INSERT INTO SALES_AGGREGATE
SELECT store_id, window_start, window_end, SUM(sale_amount) AS aggregated_sales
FROM TABLE(TUMBLE(TABLE SALES, DESCRIPTOR(sale_ts), INTERVAL '60' SECOND))
GROUP BY store_id, window_start, window_end;
`;

const wave = (period, low, high) => low + (high - low) * (0.5 + 0.5 * Math.sin(Date.now() / period));

function operator(id, name, description, more = {}) {
  const rate = more.rate ?? 1234;
  const seconds = (Date.now() - START) / 1000;
  return { id, name, description, table: '', use: null, line: 15, records_in: Math.round(rate * seconds), records_out: Math.round(rate * seconds), records_in_rate: rate, records_out_rate: rate,
    late_rows: 0, bad_records: 0, windows_fired: 0, state_rows: 0, state_bytes: 0, ...more };
}

function subtask(index, busy) {
  const total = Date.now() - START;
  return { index, state: 'RUNNING', start_millis: START, end_millis: -1, records_in: 4_400_000, records_out: 4_400_000, records_in_rate: 617, records_out_rate: 617, bytes_in: 123_456_789, bytes_out: 98_765_432,
    busy_millis: total * busy, backpressured_millis: total * 0.02, idle_millis: total * (0.98 - busy), watermark: Date.now() - 5400 - index * 800 };
}

function vertices() {
  const source = { id: '1'.repeat(32), name: 'Source: SALES[1] -> LocalWindowAggregate[2]', inputs: [], busy_ratio: wave(4000, 0.2, 0.45), backpressured_ratio: 0.02, idle_ratio: 0.5, subtasks: [subtask(0, 0.3), subtask(1, 0.28)],
    operators: [operator(1, 'Source: SALES[1]', 'TableSourceScan(table=[[default_catalog, default_database, SALES, watermark=[(sale_ts - 5000:INTERVAL SECOND)]]], fields=[store_id, sale_amount, sale_ts])', { table: 'default_catalog.default_database.SALES', rate: wave(3000, 900, 1500), bad_records: 2 }),
      operator(2, 'LocalWindowAggregate[2]', 'LocalWindowAggregate(groupBy=[store_id], window=[TUMBLE(time_col=[sale_ts], size=[1 min])], select=[store_id, SUM(sale_amount) AS sum$0, slice_end(\'w$) AS $slice_end])', { rate: wave(3000, 900, 1500), records_out_rate: 3.2, late_rows: 17, state_bytes: 12_400, state_rows: 120 })] };
  const sink = { id: '2'.repeat(32), name: 'GlobalWindowAggregate[4] -> Calc[5] -> Sink: SALES_AGGREGATE[6]', inputs: [{ vertex: source.id, ship_strategy: 'HASH' }], busy_ratio: wave(5000, 0.03, 0.62), backpressured_ratio: 0, idle_ratio: 0.9, subtasks: [subtask(0, 0.05), subtask(1, 0.06)],
    operators: [operator(4, 'GlobalWindowAggregate[4]', 'GlobalWindowAggregate(groupBy=[store_id], window=[TUMBLE(size=[1 min])])', { rate: 3.2, records_out_rate: 0.5, windows_fired: 180, state_bytes: 48_220, state_rows: 340 }),
      operator(5, 'Calc[5]', 'Calc(select=[store_id, window_start, window_end, sum$0 AS aggregated_sales])', { rate: 0.5 }),
      operator(6, 'Sink: SALES_AGGREGATE[6]', 'Sink(table=[default_catalog.default_database.SALES_AGGREGATE])', { rate: 0.5, table: 'default_catalog.default_database.SALES_AGGREGATE' })] };
  return [source, sink];
}

/** What each operator and slot did for a checkpoint. */
function details(n) {
  const size = (bytes) => ({ bytes, added_bytes: Math.round(bytes / 20) });
  return { operators: [{ name: 'Source: SALES[1]', rows: 0, slots: [size(5), size(5)] }, { name: 'LocalWindowAggregate[2]', rows: 120, slots: [size(6_200), size(5_900)] }, { name: 'GlobalWindowAggregate[4]', rows: 340_000, slots: [size(40_000_000 + n * 200_000), size(41_000_000 + n * 200_000)] }],
    slots: [{ start_delay_millis: 3, alignment_millis: 12, sync_millis: 4 }, { start_delay_millis: 5, alignment_millis: 31, sync_millis: 6 }], async_millis: 80 + n };
}

function head(i) {
  const ended = i > 0 && i % 3 !== 0;
  const state = i === 0 ? 'RUNNING' : ['RUNNING', 'FINISHED', 'FAILED', 'CREATED', 'CANCELED', 'FINISHED'][i % 6];
  return { id: i === 0 ? JOB : i.toString(16).padStart(32, '0'), name: `insert-into_default_catalog.default_database.${i === 0 ? 'SALES_AGGREGATE' : `ORDERS_BY_REGION_${i}`}`, state,
    waiting_for: state === 'CREATED' ? '2 slots; 0 of 2 are free' : '', trouble: '', trouble_millis: -1, task_manager: state === 'CREATED' ? '' : '127.0.0.1:40123-1a2b3c', query: false, streaming: true, parallelism: 2, start_millis: START - i * 60_000, end_millis: ended ? START - i * 60_000 + 45_000 : -1,
    changed_millis: START, now_millis: Date.now(), restarts: i % 7 === 3 ? 2 : 0 };
}

export function jobs(count) {
  return Array.from({ length: count }, (_, i) => ({ ...head(i), records_in: 4_443_210 + i, records_out: 1240, records_in_rate: wave(3000, 900, 1500), records_out_rate: 0.5, watermark: Date.now() - 6200, watermark_delay_millis: 6200 + i, late_rows: i === 0 ? 17 : 0,
    last_checkpoint_millis: Date.now() - 4000, sources: ['default_catalog.default_database.SALES'], sinks: ['default_catalog.default_database.SALES_AGGREGATE'] }));
}

export function job(id) {
  const i = id === JOB ? 0 : parseInt(id, 16);
  const failed = i % 6 === 2;
  return { ...head(i), script: SCRIPT, vertices: vertices(), settings: { 'execution.checkpointing.interval': '10s', 'state.backend': 'rocksdb', 'parallelism.default': '2' },
    splits: [0, 1, 2].map((p) => ({ name: `SALES-${p}`, table: 'default_catalog.default_database.SALES', slot: p % 2, watermark: Date.now() - 5000 - (p === 2 ? 190_000 : 0), idle: p === 1 })),
    failures: failed || i === 0 ? [{ time_millis: Date.now() - 900_000, code: 'java.lang.ArithmeticException', message: 'Division by zero', text: 'Division by zero\n  in Calc[5], column aggregated_sales\n  of a row with store_id = \'ABC\'', task: 'GlobalWindowAggregate[4] -> Calc[5] (1/2)', line: 16 }] : [],
    checkpoints: Array.from({ length: 20 }, (_, n) => ({ id: 340 + n, savepoint: n === 7, trigger_millis: Date.now() - (20 - n) * 10_000, duration_millis: 120 + ((n * 37) % 90), path: `/data/checkpoints/${id.slice(0, 8)}/chk-${340 + n}`, failure: n === 12 ? 'The disk is full: /data/checkpoints; 0 bytes free of 20 GiB' : '', state_bytes: n === 12 ? 0 : 81_000_000 + n * 400_000, added_bytes: n === 12 ? 0 : 4_000_000 + n * 90_000, ...(n === 12 ? { operators: [], slots: [], async_millis: 0 } : details(n)) })),
    in_progress: { id: 0 }, restored: { id: 0 },
    checkpoints_completed: 359, checkpoints_failed: 1, checkpoint_interval_millis: 10_000 };
}

export function history(range, names) {
  const step = range === '6h' ? 10_000 : 1000;
  const times = Array.from({ length: range === '6h' ? 2160 : 900 }, (_, i) => Date.now() - (range === '6h' ? 2160 - i : 900 - i) * step);
  const line = (low, high, n) => times.map((t, i) => (i < 40 ? null : low + (high - low) * (0.5 + 0.4 * Math.sin(t / 60_000 + n) + 0.1 * Math.sin(t / 3777 + n))));
  return { step_millis: step, times, series: Object.fromEntries(names.map(([name, low, high], n) => [name, line(low, high, n)])) };
}

export const jobSeries = [['records_in_rate', 900, 1500], ['records_out_rate', 0, 3], ['watermark_delay_millis', 5000, 7000], ['state_bytes', 40_000, 90_000], ['busy_ratio', 0.1, 0.6], ['backpressured_ratio', 0, 0.05], ['late_rows_rate', 0, 0.2], ['checkpoint_duration_millis', 100, 220], [`vertex.${'1'.repeat(32)}.busy_ratio`, 0.1, 0.4], [`vertex.${'2'.repeat(32)}.busy_ratio`, 0.02, 0.6]];

const STORES = ['ABC', 'DEF', 'GHI'];
export function edgeRows() {
  return { columns: [{ name: 'store_id', type: 'STRING' }, { name: 'window_start', type: 'TIMESTAMP(3)' }, { name: 'aggregated_sales', type: 'INT' }],
    rows: Array.from({ length: 24 }, (_, i) => ({ seen_millis: Date.now() - (24 - i) * 300, kind: ['+I', '-U', '+U', '+I'][i % 4], cells: [STORES[i % 3], '2026-11-28 19:24:00.000', i % 9 === 4 ? null : String(7000 + i * 13)] })) };
}

export function taskManagers(count) {
  return { task_managers: Array.from({ length: count }, (_, i) => ({ id: `127.0.0.1:4012${i}-1a2b3c`, address: `http://127.0.0.1:4012${i}`, slots: 2, free_slots: 0, last_heartbeat_millis: Date.now() - 400, start_millis: START, process_id: 4711, cpu_cores: 2, physical_memory: 16e9, resident_memory: 84e6, disk_free: 120e9, data_directory: '/data', jobs: [JOB] })) };
}

export function topic(i) {
  const name = i === 0 ? 'SALES' : i === 1 ? 'SALES_AGGREGATE' : i === 2 ? '_schemas' : `orders.region-${i}`;
  return { name, internal: name.startsWith('_'), partitions: 1 + (i % 12), messages: 1_234_567 * (i + 1) % 99_999_999, bytes: 34_567_890 + i * 1000, messages_rate: i < 2 ? wave(3000, 900, 1500) : i % 50, bytes_rate: 40_000, retention_ms: 604_800_000, cleanup_policy: i === 1 ? 'compact' : 'delete',
    key_schema: i === 1 ? { subject: `${name}-key`, id: 4, version: 1, type: 'AVRO' } : null, value_schema: i % 3 === 0 ? { subject: `${name}-value`, id: 1 + i, version: 2, type: 'AVRO' } : null,
    tables: i < 2 ? [{ path: `default_catalog.default_database.${name}`, jobs: [JOB] }] : [], jobs: i < 2 ? [{ id: JOB, name: 'insert-into_default_catalog.default_database.SALES_AGGREGATE', role: i ? 'sink' : 'source' }] : [] };
}

export function topicDetail(name) {
  const i = name === 'SALES' ? 0 : name === 'SALES_AGGREGATE' ? 1 : name === '_schemas' ? 2 : Number(/\d+$/.exec(name)?.[0] ?? 3);
  return { ...topic(i), name, partition_list: Array.from({ length: 1 + (i % 12) }, (_, id) => ({ id, start: 0, end: 12345 * (id + 1), leader: 1, replicas: [1], in_sync: [1] })),
    configs: [['cleanup.policy', 'delete', 'What happens to old messages: "delete", "compact" or both.'], ['retention.ms', '604800000', 'How long messages are kept.'], ['retention.bytes', '-1', 'How many bytes of a partition are kept.'], ['segment.bytes', '1073741824', 'The size of a segment file.'], ['max.message.bytes', '1048588', 'The largest batch that is taken.']]
      .map(([key, value, doc], n) => ({ name: key, value, is_default: n > 1, is_read_only: n === 4, doc })),
    groups: [{ id: 'flink-sales', lag: 12, state: 'EMPTY' }, { id: 'billing', lag: 120_345, state: 'STABLE' }] };
}

export function message(partition, offset, at = Date.now()) {
  const data = { store_id: STORES[offset % 3], sale_amount: (offset * 37) % 990, sale_ts: new Date(at).toISOString(), customer: offset % 2 ? null : { id: offset, tags: ['web', 'new'] } };
  const value = offset % 11 === 10 ? { encoding: 'bytes', text: '00000003e8deadbeef', size: 9, error: 'No schema with id 1000 is registered.' } : { encoding: 'avro', data, text: JSON.stringify(data), schema_id: 1, subject: 'SALES-value', size: 28 };
  return { partition, offset, timestamp: at, timestamp_type: 'create', size: 74, key: offset % 4 ? { encoding: 'string', data: data.store_id, text: data.store_id, size: 3 } : { encoding: 'null', text: '', size: 0 }, value, headers: offset % 5 ? [] : [{ name: 'trace', value: 'a1b2', hex: '61316232' }] };
}

export const form = { key: null, value: { schema_id: 1, subject: 'SALES-value', type: 'AVRO', fields: [{ name: 'store_id', type: 'string', nullable: false }, { name: 'sale_amount', type: 'int', nullable: false }, { name: 'sale_ts', type: 'long', logical_type: 'timestamp-millis', nullable: false },
  { name: 'channel', type: 'enum', symbols: ['WEB', 'SHOP'], nullable: false }, { name: 'customer', type: 'record', nullable: true, fields: [{ name: 'id', type: 'long', nullable: false }, { name: 'tags', type: 'array', nullable: false }] }] } };

const schemaText = (fields) => JSON.stringify({ type: 'record', name: 'Sale', namespace: 'shop', fields });
export function subject(name) {
  const base = [{ name: 'store_id', type: 'string' }, { name: 'sale_amount', type: 'int' }, { name: 'sale_ts', type: { type: 'long', logicalType: 'timestamp-millis' } }];
  return { subject: name, compatibility: 'BACKWARD', topics: ['SALES'], referenced_by: [], versions: [{ version: 1, id: 1, type: 'AVRO', schema: schemaText(base), references: [], time: START }, { version: 2, id: 3, type: 'AVRO', schema: schemaText([base[0], { name: 'sale_amount', type: 'long' }, base[2], { name: 'channel', type: ['null', 'string'], default: null }]), references: [], time: START + 60_000 }] };
}

export function group(id) {
  return { id, state: id === 'billing' ? 'STABLE' : 'EMPTY', assignor: 'range', job: id === 'flink-sales' ? JOB : null, members: id === 'billing' ? [{ id: 'billing-1-5f3c', client_id: 'billing-1', host: '/127.0.0.1', partitions: [0, 1, 2].map((partition) => ({ topic: 'SALES', partition })) }] : [], offsets: [0, 1, 2].map((partition) => ({ topic: 'SALES', partition, offset: 12_000 * (partition + 1), end: 12_345 * (partition + 1), lag: 345 * (partition + 1) })) };
}

export const catalog = { current_catalog: 'default_catalog', current_database: 'default_database', catalogs: [{ name: 'default_catalog', databases: [{ name: 'default_database', tables: [
  { name: 'SALES', kind: 'TABLE', comment: 'sales of all stores', columns: [{ name: 'store_id', type: 'STRING', kind: 'physical', watermark: '', primary_key: false }, { name: 'sale_amount', type: 'INT', kind: 'physical', watermark: '', primary_key: false }, { name: 'sale_ts', type: 'TIMESTAMP(3)', kind: 'physical', watermark: 'sale_ts - INTERVAL \'5\' SECOND', primary_key: false }], options: { connector: 'kafka', topic: 'SALES', format: 'avro-confluent' } },
  { name: 'BIG_SALES', kind: 'VIEW', comment: '', columns: [{ name: 'store_id', type: 'STRING', kind: 'physical', watermark: '', primary_key: false }], options: {} }] }] }] };

export const explain = { text: '== Physical Plan ==\nSink(table=[SALES_AGGREGATE])\n+- Calc(select=[store_id])\n   +- GlobalWindowAggregate(...)\n      +- Exchange(distribution=[hash[store_id]])\n', graph: { vertices: vertices().map(({ id, name, inputs, operators }) => ({ id, name, inputs, operators: operators.map(({ name: n, description }) => ({ name: n, description })) })) } };
