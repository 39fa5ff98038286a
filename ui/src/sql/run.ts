import { signal } from '@preact/signals';
import { ApiError } from '../api/client';
import { cancelOperation, closeOperation, readResult, sessionZone, startStatement, typeName, type ResultRow } from '../api/gateway';
import { MaterializedTable } from './materialize';

export type RunState = 'running' | 'done' | 'failed' | 'stopped';

const MAX_ROWS = 2_000_000;

let lastId = 0;

/** One statement that was run, with its result as it grows. Reading stops after two million rows. */
export class Run {
  readonly id = ++lastId;
  readonly startMillis = Date.now();
  readonly state = signal<RunState>('running');
  readonly columns = signal<{ name: string; type: string }[]>([]);
  readonly error = signal<ApiError | undefined>(undefined);
  readonly jobId = signal<string | undefined>(undefined);
  readonly isQuery = signal(false);
  readonly warnings = signal<string[]>([]);
  /** Of its columns of instants. */
  readonly zone = signal('');
  /** Grows once a frame while rows come; what draws them reads it. */
  readonly version = signal(0);
  readonly table = new MaterializedTable();
  changelog: ResultRow[] = [];
  insertOnly = true;
  full = false;
  endMillis = 0;
  /** Fulfilled when the statement has begun to answer (a query) or has ended. */
  readonly started: Promise<void>;
  readonly ended: Promise<void>;

  private readonly abort = new AbortController();
  private operation = '';
  private frame = 0;
  private start = () => {};

  /** `script`: the statements run with it in one go have the same. */
  constructor(readonly session: string, readonly statement: string, readonly script: number) {
    this.started = new Promise((resolve) => { this.start = resolve; });
    this.ended = this.run();
  }

  async stop(): Promise<void> {
    if (this.state.value !== 'running') return;
    this.finish('stopped');
    this.abort.abort();
    if (this.operation) await cancelOperation(this.session, this.operation);
  }

  private async run(): Promise<void> {
    try {
      this.operation = await startStatement(this.session, this.statement);
      await readResult(this.session, this.operation, {
        onStart: ({ columns, isQuery, jobId, warnings = [] }) => {
          this.columns.value = columns.map(({ name, logicalType }) => ({ name, type: typeName(logicalType) }));
          this.isQuery.value = isQuery;
          this.jobId.value = jobId;
          this.warnings.value = warnings;
          if (columns.some(({ logicalType }) => logicalType.type === 'TIMESTAMP_WITH_LOCAL_TIME_ZONE')) void this.readZone();
          if (isQuery) this.start();
        },
        onRows: (rows) => this.add(rows),
      }, this.abort.signal);
      this.finish(this.full ? 'stopped' : 'done');
    } catch (failure) {
      if (!this.abort.signal.aborted) {
        this.error.value = failure instanceof ApiError ? failure : new ApiError('The connection to the server was lost.', 0);
        this.finish('failed');
      }
    }
    if (this.operation) await closeOperation(this.session, this.operation);
  }

  /** Statements that are no queries print instants in UTC. */
  private async readZone(): Promise<void> {
    this.zone.value = this.isQuery.value ? await sessionZone(this.session).catch(() => '') : 'UTC';
  }

  private add(rows: ResultRow[]): void {
    this.table.apply(rows);
    for (const row of rows) {
      this.changelog.push(row);
      if (row.kind !== 'INSERT') this.insertOnly = false;
    }
    if (this.changelog.length >= MAX_ROWS) {
      this.full = true;
      this.abort.abort();
      void cancelOperation(this.session, this.operation);
      this.finish('stopped');
    }
    this.frame ||= requestAnimationFrame(() => { this.frame = 0; this.version.value++; });
  }

  private finish(state: RunState): void {
    if (this.state.value !== 'running') return;
    this.endMillis = Date.now();
    this.state.value = state;
    this.version.value++;
    this.start();
  }
}
