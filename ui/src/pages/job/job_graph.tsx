import type { Job, Operator, Split, Vertex } from '../../api/types';
import { Badge, Empty, Meter } from '../../components/basics';
import { Graph } from '../../components/graph';
import { bytes, count, percent, plural, rate } from '../../format/numbers';
import { duration, watermark } from '../../format/time';
import { tableName } from '../../format/names';
import { route, setQuery } from '../../router';
import { isEnded } from '../job_columns';
import { EdgePanel } from './edge_panel';
import { delayOf, leastWatermark } from './totals';

const WIDTH = 290;
const HEAD = 64;
const OPERATOR = 62;
const GAP = 26;

/** Colours a vertex: one that is back-pressured is in trouble earlier than one that is busy. */
export function load(busy: number, backpressured: number): 'none' | 'some' | 'high' {
  if (backpressured >= 0.5 || busy >= 0.9) return 'high';
  return backpressured >= 0.1 || busy >= 0.6 ? 'some' : 'none';
}

export function JobGraph({ job }: { job: Job }) {
  const edge = route.value.query.edge;
  const toggle = (operator: Operator) => setQuery({ edge: edge === String(operator.id) ? undefined : operator.id });
  if (job.vertices.length === 0) return <Empty title="The job has no graph yet" icon="jobs">{job.waiting_for ? `It waits for ${job.waiting_for}.` : 'It appears once the job has started.'}</Empty>;

  const boxes = job.vertices.map((vertex) => ({ id: vertex.id, width: WIDTH, height: HEAD + vertex.operators.length * OPERATOR + (vertex.operators.length - 1) * GAP + 10, vertex }));
  const links = job.vertices.flatMap((vertex) => vertex.inputs.map((input) => ({ from: input.vertex, to: vertex.id, label: input.ship_strategy, width: 84, height: 44 })));
  const lastOf = (id: string) => job.vertices.find((vertex) => vertex.id === id)?.operators.at(-1);
  const open = job.vertices.flatMap(({ operators }) => operators).find(({ id }) => String(id) === edge);

  return (
    <>
      <Graph label="Job graph" boxes={boxes} links={links} box={({ vertex }) => <VertexBox job={job} vertex={vertex} edge={edge} onEdge={toggle} />}
        linkClass={({ from }) => (String(lastOf(from)?.id) === edge ? 'picked' : '')}
        link={({ from, label }) => {
          const operator = lastOf(from);
          return operator && <EdgeButton operator={operator} strategy={label} ended={isEnded(job)} picked={String(operator.id) === edge} onClick={() => toggle(operator)} />;
        }} />
      <p class="hint">Press an edge to see the rows that pass it. Colours: <span class="load-key some">busy 60 % of the time, or back-pressured 10 %</span> <span class="load-key high">busy 90 %, or back-pressured 50 %</span></p>
      {open && <EdgePanel key={open.id} job={job} operator={open} onClose={() => setQuery({ edge: undefined })} />}
      <IdleSplits job={job} />
    </>
  );
}

function EdgeButton({ operator, strategy, ended, picked, onClick }: { operator: Operator; strategy: string; ended: boolean; picked: boolean; onClick: () => void }) {
  return (
    <button type="button" class={`edge-button${picked ? ' picked' : ''}`} aria-pressed={picked} title={`Rows out of ${operator.name}`} onClick={onClick}>
      {strategy && <span class="edge-strategy">{strategy}</span>}
      <span>{ended ? count(operator.records_out) : rate(operator.records_out_rate)}</span>
      <span class="sr-only">, rows out of {operator.name}</span>
    </button>
  );
}

function VertexBox({ job, vertex, edge, onEdge }: { job: Job; vertex: Vertex; edge?: string; onEdge: (operator: Operator) => void }) {
  const mark = leastWatermark(vertex.subtasks);
  const delay = delayOf(mark, job.now_millis);
  const ended = isEnded(job);
  const worst = load(vertex.busy_ratio, vertex.backpressured_ratio);
  return (
    <section class={`vertex load-${ended ? 'none' : worst}`} aria-label={vertex.name}>
      <header>
        {ended ? <div class="vertex-line"><span class="muted">{vertex.subtasks[0]?.state.toLowerCase() ?? 'ended'}</span></div> : (
          <div class="vertex-line" title="Share of the last seconds">
            <span class="vertex-load"><Meter ratio={vertex.busy_ratio} tone={vertex.busy_ratio >= 0.9 ? 'bad' : vertex.busy_ratio >= 0.6 ? 'warn' : 'accent'} />busy {percent(vertex.busy_ratio)}</span>
            <span class="vertex-load"><Meter ratio={vertex.backpressured_ratio} tone={vertex.backpressured_ratio >= 0.5 ? 'bad' : 'warn'} />back-pressured {percent(vertex.backpressured_ratio)}</span>
          </div>
        )}
        <div class="vertex-line"><span title={watermark(mark)}>watermark {delay === null ? watermark(mark) : `${duration(delay)} behind`}</span><span class="muted">×{vertex.subtasks.length || job.parallelism}</span></div>
      </header>
      {vertex.operators.map((operator, i) => (
        <div key={operator.id}>
          {i > 0 && <div class="chain"><EdgeButton operator={vertex.operators[i - 1]} strategy="" ended={ended} picked={String(vertex.operators[i - 1].id) === edge} onClick={() => onEdge(vertex.operators[i - 1])} /></div>}
          <OperatorBox operator={operator} ended={ended} />
        </div>
      ))}
    </section>
  );
}

function OperatorBox({ operator, ended }: { operator: Operator; ended: boolean }) {
  const notes = [
    operator.state_bytes || operator.state_rows ? `state ${bytes(operator.state_bytes)}, ${plural(operator.state_rows, 'row')}` : '',
    operator.windows_fired ? plural(operator.windows_fired, 'window') : '',
    operator.table ? tableName(operator.table) : '',
  ].filter(Boolean);
  return (
    <div class="operator" title={operator.description}>
      <div class="operator-name">{operator.name}</div>
      <div class="operator-line">
        <span>in {ended ? count(operator.records_in) : rate(operator.records_in_rate)}</span>
        <span>out {ended ? count(operator.records_out) : rate(operator.records_out_rate)}</span>
        {operator.late_rows > 0 && <Badge tone="warn">{count(operator.late_rows)} late</Badge>}
        {operator.bad_records > 0 && <Badge tone="bad">{count(operator.bad_records)} bad</Badge>}
      </div>
      <div class="operator-line muted">{notes.join(' · ') || '\u00a0'}</div>
    </div>
  );
}

/** "No output": says which partition holds the watermark back. */
function IdleSplits({ job }: { job: Job }) {
  if (isEnded(job)) return null;
  // Those of other tables have no watermark however many rows they send.
  const timed = new Set(job.vertices.flatMap(({ operators }) => operators).filter(({ description }) => /^TableSourceScan.*watermark=\[/.test(description)).map(({ table }) => table));
  const awake = job.splits.filter(({ idle, table }) => !idle && timed.has(table));
  const waiting = awake.filter(({ watermark: mark }) => mark === null);
  const known = awake.filter((split): split is Split & { watermark: number } => split.watermark !== null && Math.abs(split.watermark) <= 8.64e15);
  if (waiting.length) {
    const names = waiting.slice(0, 5).map(({ name }) => name).join(', ') + (waiting.length > 5 ? ` and ${waiting.length - 5} more` : '');
    return <p class="stale warn" role="status">No window can close yet: {names} {waiting.length === 1 ? 'has' : 'have'} sent no rows.{known.length > 0 && <> Set <code>table.exec.source.idle-timeout</code> to go on without.</>}</p>;
  }
  const slowest = known.reduce<typeof known[number] | undefined>((least, split) => (!least || split.watermark < least.watermark ? split : least), undefined);
  const fastest = Math.max(...known.map(({ watermark: mark }) => mark));
  if (!slowest || fastest - slowest.watermark < 60_000) return null;
  return <p class="stale warn" role="status">{slowest.name} holds the watermark back: it is {duration(fastest - slowest.watermark)} behind the furthest partition.</p>;
}
