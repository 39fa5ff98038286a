// The JSON of /api/topics, /api/schemas and /api/groups (docs/cluster-contract.md). Times are epoch millis.

export interface SchemaRef {
  subject: string;
  id: number;
  version: number;
  type: string;
}

export interface Topic {
  name: string;
  internal: boolean;
  partitions: number;
  messages: number;
  bytes: number | null;
  messages_rate: number;
  bytes_rate: number | null;
  retention_ms: number | null;  // null, as the next: not known yet
  cleanup_policy: string | null;
  key_schema: SchemaRef | null;
  value_schema: SchemaRef | null;
  tables: { path: string; jobs: string[] }[];
  jobs: { id: string; name: string; role: 'source' | 'sink' }[];
}

export interface TopicDetail extends Topic {
  partition_list: { id: number; start: number; end: number; leader: number; replicas: number[]; in_sync: number[] }[];
  configs: { name: string; value: string; is_default: boolean; is_read_only: boolean; doc: string }[];
  groups: { id: string; lag: number; state: string }[];
}

export interface Datum {
  encoding: 'avro' | 'json' | 'string' | 'bytes' | 'null';
  data?: unknown;
  text: string;
  schema_id?: number | null;
  subject?: string | null;
  error?: string | null;
  size: number;
}

export interface Message {
  partition: number;
  offset: number;
  timestamp: number;
  timestamp_type: 'create' | 'append' | 'none';
  size: number;
  key: Datum;
  value: Datum;
  headers: { name: string; value: string; hex: string }[];
}

export interface MessagePage {
  messages: Message[];
  next: Record<string, number>;
}

export interface FormField {
  name: string;
  type: string;
  nullable: boolean;
  default?: unknown;
  has_default?: boolean;
  logical_type?: string | null;
  symbols?: string[] | null;
  fields?: FormField[] | null;
}

export interface FormSide {
  schema_id: number;
  subject: string;
  type: string;
  fields: FormField[];
}

export interface Subject {
  subject: string;
  id: number;
  version: number;
  type: string;
  versions: number;
  compatibility: string;
  topics: string[];
  tables: string[];
}

export interface SubjectDetail {
  subject: string;
  compatibility: string;
  versions: { version: number; id: number; type: string; schema: string; references: { name: string; subject: string; version: number }[]; time?: number }[];
  topics: string[];
  referenced_by: string[];
}

export interface Compatibility {
  compatible: boolean;
  messages: { text: string; path: string }[];
  level: string;
}

export interface Group {
  id: string;
  state: string;
  members: number;
  topics: string[];
  lag: number;
  job: string | null;
}

export interface GroupDetail {
  id: string;
  state: string;
  assignor: string;
  job: string | null;
  members: { id: string; client_id: string; host: string; partitions: { topic: string; partition: number }[] }[];
  offsets: { topic: string; partition: number; offset: number; end: number; lag: number }[];
}

/** A list of what is in Kafka or the registry: the last one known when that does not answer. */
export interface Reach {
  reachable?: boolean;
  error?: string | null;
}

export interface OffsetChange {
  topic: string;
  partition: number;
  from: number | null;
  to: number;
}
