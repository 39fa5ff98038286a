// The JSON of /api (docs/cluster-contract.md). Times are epoch millis.

export interface Info {
  version: string;
  zone: string;
  kafka: { bootstrap: string; embedded: boolean; reachable: boolean; error?: string };
  registry: { url: string; embedded: boolean; reachable: boolean; error?: string };
}

export interface Overview {
  version: string;
  start_millis: number;
  zone: string;
  slots: number;
  free_slots: number;
  task_managers: number;
  jobs: { running: number; restarting: number; waiting: number; finished: number; canceled: number; failed: number };
}

export interface JobHead {
  id: string;
  name: string;
  state: string;
  waiting_for: string;
  trouble: string; // of a source or sink whose other side does not answer, else ""
  trouble_millis: number;
  task_manager: string;
  query: boolean;
  streaming: boolean;
  parallelism: number;
  start_millis: number;
  end_millis: number;
  changed_millis: number;
  now_millis: number;
  restarts: number;
}

export interface JobSummary extends JobHead {
  records_in: number;
  records_out: number;
  records_in_rate: number;
  records_out_rate: number;
  watermark: number | null;  // null: none yet
  watermark_delay_millis: number | null;
  late_rows: number;
  last_checkpoint_millis: number;
  sources: string[];
  sinks: string[];
}

// What of an outside system a table uses, hints included.
export interface ExternalUse {
  system: string;
  servers: string;
  topics: string[];
  topic_pattern: string; // instead of topics
  group: string; // of a source that was given one, else ""
}

export interface Operator {
  id: number;
  name: string;
  description: string;
  table: string;
  use: ExternalUse | null; // of a source or sink of Kafka
  line: number;
  records_in: number;
  records_out: number;
  records_in_rate: number;
  records_out_rate: number;
  late_rows: number;
  bad_records: number;
  windows_fired: number;
  state_rows: number;
  state_bytes: number;
}

export interface Subtask {
  index: number;
  state: string;
  start_millis: number;
  end_millis: number;
  records_in: number;
  records_out: number;
  records_in_rate: number;
  records_out_rate: number;
  bytes_in: number;
  bytes_out: number;
  busy_millis: number;
  backpressured_millis: number;
  idle_millis: number;
  watermark: number | null;
}

export interface Vertex {
  id: string;
  name: string;
  inputs: { vertex: string; ship_strategy: string }[];
  operators: Operator[];
  subtasks: Subtask[];
  busy_ratio: number;
  backpressured_ratio: number;
  idle_ratio: number;
}

export interface Failure {
  time_millis: number;
  code: string;
  message: string;
  text: string;
  task: string;
  line: number;
}

export interface Split {
  name: string;
  table: string;
  slot: number;
  watermark: number | null;
  idle: boolean;
}

export interface Checkpoint {
  id: number;
  savepoint: boolean;
  trigger_millis: number;
  duration_millis: number;
  path: string;
  failure: string;
  state_bytes: number;
  added_bytes: number; // that no earlier one holds
  operators: { name: string; rows: number; slots: { bytes: number; added_bytes: number }[] }[]; // that have state in it
  slots: { start_delay_millis: number; alignment_millis: number; sync_millis: number }[]; // by subtask, for all operators in its thread
  async_millis: number; // until the state of all was on disk
}

export interface Job extends JobHead {
  script: string;
  vertices: Vertex[];
  splits: Split[];
  failures: Failure[];
  checkpoints: Checkpoint[];
  in_progress: Checkpoint; // number 0: none, as in `restored`
  restored: Checkpoint;
  checkpoints_completed: number;
  checkpoints_failed: number;
  checkpoint_interval_millis: number;
  settings: Record<string, string>;
}

export interface History {
  step_millis: number;
  times: number[];
  series: Record<string, (number | null)[]>;
}

export interface EdgeRows {
  columns: Column[];
  rows: { seen_millis: number; kind: string; cells: (string | null)[] }[];
}

export interface Column {
  name: string;
  type: string;
}

export interface TaskManager {
  id: string;
  address: string;
  slots: number;
  free_slots: number;
  last_heartbeat_millis: number;
  start_millis: number;
  process_id: number;
  cpu_cores: number;
  physical_memory: number;
  resident_memory: number;
  disk_free: number;
  data_directory: string;
  jobs: string[];
}

export interface ConfigEntry {
  key: string;
  /** null = not set. */
  value: string | null;
  default: string;
  doc: string;
}

export interface CatalogTable {
  name: string;
  kind: 'TABLE' | 'VIEW';
  comment: string;
  columns: { name: string; type: string; kind: string; watermark: string; primary_key: boolean }[];
  options: Record<string, string>;
}

export interface Catalog {
  catalogs: { name: string; databases: { name: string; tables: CatalogTable[] }[] }[];
  current_catalog: string;
  current_database: string;
}

export interface Candidate {
  text: string;
  kind: 'keyword' | 'table' | 'column' | 'function' | 'option' | 'value';
  detail: string;
  doc: string;
}

export interface SqlError {
  message: string;
  hint: string;
  line: number;
  column: number;
  end_line: number;
  end_column: number;
}

export interface ExplainGraph {
  vertices: { id: string; name: string; operators: { name: string; description: string }[]; inputs: { vertex: string; ship_strategy: string }[] }[];
}

export interface Statement {
  text: string;
  line: number;
  column: number;
  end_line: number;
}

export * from './kafka_types';
