import { ApiError, call, errorOf, getJson } from './client';
import { probeJobs, zoneOf } from './services';

// The SQL gateway's protocol, version 2 (Flink's REST), on the same port as the page.

export interface ResultColumn {
  name: string;
  logicalType: { type: string; nullable?: boolean; length?: number; precision?: number; scale?: number };
}

export interface ResultRow {
  kind: 'INSERT' | 'UPDATE_BEFORE' | 'UPDATE_AFTER' | 'DELETE';
  fields: (string | null)[];
}

interface ResultPage {
  resultType: 'NOT_READY' | 'PAYLOAD' | 'EOS';
  isQueryResult?: boolean;
  jobID?: string;
  resultKind?: string;
  results?: { columns: ResultColumn[]; data: ResultRow[] };
  nextResultUri?: string;
  warnings?: string[];
}

export interface ResultEvents {
  /** Once, with the first page. */
  onStart: (head: { columns: ResultColumn[]; isQuery: boolean; jobId?: string; warnings?: string[] }) => void;
  onRows: (rows: ResultRow[]) => void;
}

export interface Transport {
  fetch: typeof fetch;
  /** Waits between looks at a result that is not ready. */
  delay: (millis: number) => Promise<void>;
}

const browser: Transport = {
  fetch: (...parameters) => fetch(...parameters),
  delay: (millis) => new Promise((resolve) => setTimeout(resolve, millis)),
};

/** Starts a statement; the answer is the handle of its operation. */
export async function startStatement(session: string, statement: string): Promise<string> {
  const { operationHandle } = await call<{ operationHandle: string }>('POST', `v2/sessions/${session}/statements`, { statement });
  return operationHandle;
}

/** Follows nextResultUri to the end of the result (of a streaming SELECT: until `signal`). PLAIN_TEXT keeps all digits of a BIGINT. */
export async function readResult(session: string, operation: string, events: ResultEvents, signal: AbortSignal, transport = browser): Promise<void> {
  let address: string | undefined = `v2/sessions/${session}/operations/${operation}/result/0?rowFormat=PLAIN_TEXT`;
  let started = false;
  while (address && !signal.aborted) {
    const response = await transport.fetch(address, { signal });
    if (!response.ok) throw await errorOf(response);
    const page = (await response.json()) as ResultPage;
    if (page.resultType === 'NOT_READY') {
      await transport.delay(100);
      continue;
    }
    if (!started && page.results) {
      started = true;
      events.onStart({ columns: page.results.columns, isQuery: page.isQueryResult ?? false, jobId: page.jobID, warnings: page.warnings });
    }
    if (page.results?.data.length) events.onRows(page.results.data);
    address = page.nextResultUri?.replace(/^\//, '');
  }
}

export async function cancelOperation(session: string, operation: string): Promise<void> {
  await call('POST', `v2/sessions/${session}/operations/${operation}/cancel`).catch(() => undefined);
}

export async function closeOperation(session: string, operation: string): Promise<void> {
  await call('DELETE', `v2/sessions/${session}/operations/${operation}/close`).catch(() => undefined);
}

const KEY = 'sql-session';
const HEARTBEAT = 60_000;

/** The tab's session: found again after a reload while the server still has it, else a new one. */
export async function openSession(): Promise<string> {
  const known = sessionStorage.getItem(KEY);
  if (known) {
    const alive = await call('POST', `v2/sessions/${known}/heartbeat`).then(() => true, (failure) => {
      if (failure instanceof ApiError && failure.status === 0) throw failure;
      return false;
    });
    if (alive) return known;
  }
  const { sessionHandle } = await call<{ sessionHandle: string }>('POST', 'v2/sessions', { sessionName: 'workspace', properties: {} });
  sessionStorage.setItem(KEY, sessionHandle);
  return sessionHandle;
}

/** Keeps a session alive; the answer ends that. */
export function keepAlive(session: string): () => void {
  const timer = setInterval(() => void call('POST', `v2/sessions/${session}/heartbeat`).catch(() => undefined), HEARTBEAT);
  return () => clearInterval(timer);
}

/** In which the session shows instants. */
export async function sessionZone(session: string): Promise<string> {
  const [{ properties }] = await Promise.all([getJson<{ properties: Record<string, string> }>(`v2/sessions/${session}`), probeJobs()]);
  return zoneOf(properties);
}

export async function closeSession(session: string): Promise<void> {
  sessionStorage.removeItem(KEY);
  await call('DELETE', `v2/sessions/${session}`).catch(() => undefined);
}

/** "DECIMAL(10, 2)", "STRING", "TIMESTAMP(3)": a logical type as SQL writes it. */
export function typeName({ type, length, precision, scale }: ResultColumn['logicalType']): string {
  if (type === 'VARCHAR' && length === 2147483647) return 'STRING';
  if (type === 'VARBINARY' && length === 2147483647) return 'BYTES';
  const names: Record<string, string> = {
    INTEGER: 'INT', TIMESTAMP_WITHOUT_TIME_ZONE: 'TIMESTAMP', TIMESTAMP_WITH_LOCAL_TIME_ZONE: 'TIMESTAMP_LTZ', TIME_WITHOUT_TIME_ZONE: 'TIME',
  };
  const name = names[type] ?? type;
  if (length !== undefined) return `${name}(${length})`;
  if (precision === undefined) return name;
  return scale === undefined ? `${name}(${precision})` : `${name}(${precision}, ${scale})`;
}
