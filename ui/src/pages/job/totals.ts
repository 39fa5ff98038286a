import type { Job, Subtask, Vertex } from '../../api/types';

export interface Totals {
  recordsIn: number;
  recordsOut: number;
  recordsInRate: number;
  recordsOutRate: number;
  lateRows: number;
  stateBytes: number;
  watermark: number;
  delay: number | null;
}

const NONE = Number.MIN_SAFE_INTEGER * 2;

/** The least watermark of those that have one; far in the past when none has. */
export function leastWatermark(subtasks: Subtask[]): number {
  const known = subtasks.map(({ watermark }) => watermark).filter((watermark) => watermark !== null && watermark > -8.64e15) as number[];
  return known.length ? Math.min(...known) : NONE;
}

export function delayOf(watermark: number | null, now: number): number | null {
  return watermark === null || Math.abs(watermark) > 8.64e15 ? null : Math.max(0, now - watermark);
}

/** What the sources read and the sinks (or the last operators) write. */
export function totals(job: Job): Totals {
  const sources = job.vertices.filter(({ inputs }) => inputs.length === 0);
  const fed = new Set(job.vertices.flatMap(({ inputs }) => inputs.map(({ vertex }) => vertex)));
  const last = job.vertices.filter(({ id }) => !fed.has(id)).map(({ operators }) => operators[operators.length - 1]).filter(Boolean);
  const first = sources.map(({ operators }) => operators[0]).filter(Boolean);
  const all = job.vertices.flatMap(({ operators }) => operators);
  const sum = <T>(list: T[], pick: (item: T) => number) => list.reduce((total, item) => total + (pick(item) || 0), 0);
  const watermark = leastOf(job.vertices);
  return {
    recordsIn: sum(first, (operator) => operator.records_in || operator.records_out),
    recordsOut: sum(last, (operator) => operator.records_out || operator.records_in),
    recordsInRate: sum(first, (operator) => operator.records_in_rate || operator.records_out_rate),
    recordsOutRate: sum(last, (operator) => operator.records_out_rate || operator.records_in_rate),
    lateRows: sum(all, (operator) => operator.late_rows),
    stateBytes: sum(all, (operator) => operator.state_bytes),
    watermark,
    delay: delayOf(watermark, job.now_millis),
  };
}

function leastOf(vertices: Vertex[]): number {
  return leastWatermark(vertices.flatMap(({ subtasks }) => subtasks));
}
