import { useMemo } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { Button, Empty, ErrorNote, LinkButton } from '../../components/basics';
import { DownloadButton } from '../../components/download';
import { Segments } from '../../components/fields';
import { Kind } from '../../components/kind';
import { VirtualTable, type TableColumn } from '../../components/table';
import type { ResultRow } from '../../api/gateway';
import { isNumeric } from '../../sql/chart';
import type { Run } from '../../sql/run';
import { columnTitle } from '../../format/names';
import { toCsv } from '../../format/csv';
import { plural } from '../../format/numbers';
import { duration } from '../../format/time';
import { href } from '../../router';
import { ResultChart } from './result_chart';

interface Props {
  runs: Run[];
  picked: number;
  onPick: (id: number) => void;
  onClear: () => void;
}

function shortStatement(text: string): string {
  const line = text.replace(/--[^\n]*\n/g, '').replace(/\s+/g, ' ').trim();
  return line.length > 44 ? `${line.slice(0, 43)}…` : line;
}

export function Results({ runs, picked, onPick, onClear }: Props) {
  const run = runs.find(({ id }) => id === picked) ?? runs.at(-1);
  if (!run) return <Empty title="Nothing has been run yet" icon="sql">Ctrl-Enter runs the statement the cursor is in, Ctrl-Shift-Enter the whole script. Ctrl-Space completes.</Empty>;
  return (
    <section class="results" aria-label="Results">
      <div class="run-tabs">
        <ul aria-label="What was run">
          {runs.map((each) => (
            <li key={each.id}>
              <button type="button" class="run-tab" aria-pressed={each.id === run.id} onClick={() => onPick(each.id)} title={[...each.warnings.value, each.statement].join('\n\n')}>
                <span class={`dot ${toneOf(each)}`} aria-hidden="true" /><span class="mono">{shortStatement(each.statement)}</span>
              </button>
            </li>
          ))}
        </ul>
        <Button kind="quiet" icon="trash" label="Stop all and clear the results" onClick={onClear} />
      </div>
      {runs.filter((each) => each !== run && each.script === run.script && each.warnings.value.length > 0).map((each) => (
        <p key={each.id} class="stale warn" role="status">{each.warnings.value.join(' ')} <Button kind="quiet" onClick={() => onPick(each.id)}>Show its statement</Button></p>
      ))}
      <RunView key={run.id} run={run} />
    </section>
  );
}

function toneOf(run: Run): string {
  const state = run.state.value;
  if (run.warnings.value.length > 0 && state !== 'failed') return 'warn';
  return { running: 'accent', done: 'good', failed: 'bad', stopped: 'neutral' }[state];
}

function stateText(run: Run, rows: number): string {
  const took = duration((run.endMillis || Date.now()) - run.startMillis);
  const changes = run.insertOnly ? '' : `, ${plural(run.changelog.length, 'change')}`;
  switch (run.state.value) {
    case 'running': return `${plural(rows, 'row')}${changes}, running`;
    case 'stopped': return `${plural(rows, 'row')}${changes}, ${run.full ? 'no more are read' : 'stopped'} after ${took}`;
    default: return `${plural(rows, 'row')}${changes} in ${took}`;
  }
}

function RunView({ run }: { run: Run }) {
  const view = useSignal<'table' | 'changelog' | 'chart'>('table');
  const sort = useSignal('');
  const columns = run.columns.value;
  const version = run.version.value;
  const rows = useMemo(() => run.table.rows().slice(), [version, run]);
  const changes = useMemo(() => (view.value === 'changelog' ? run.changelog.slice() : []), [version, run, view.value]);
  const state = run.state.value;
  if (run.error.value && columns.length === 0) return <ErrorNote error={run.error.value} />;
  const choices = [{ value: 'table', label: 'Table' }, ...(run.isQuery.value ? [{ value: 'changelog', label: 'Changelog' }] : []), ...(run.isQuery.value && columns.some(({ type }) => isNumeric(type)) ? [{ value: 'chart', label: 'Chart' }] : [])];
  return (
    <>
      <div class="toolbar">
        {choices.length > 1 && <Segments label="View" value={view.value} choices={choices} onChange={(next) => { view.value = next as typeof view.value; }} />}
        <span class="muted" role={state === 'running' ? undefined : 'status'}>{stateText(run, rows.length)}</span>
        {state === 'running' && <Button icon="stop" onClick={() => void run.stop()}>Stop</Button>}
        {run.jobId.value && <LinkButton kind="quiet" icon="jobs" href={href(['jobs', run.jobId.value])}>Job {run.jobId.value.slice(0, 8)}</LinkButton>}
        {rows.length > 0 && <DownloadButton name="result.csv" label="Save the table as CSV" text={() => toCsv(columns.map(({ name }) => name), rows)} />}
        {run.warnings.value.map((warning) => <span class="tone-warn" role="alert">{warning}</span>)}
        {run.error.value && <span class="bad-text" role="alert">{run.error.value.message}</span>}
      </div>
      {view.value === 'chart' ? <ResultChart columns={columns} rows={rows} zone={run.zone.value} />
        : view.value === 'changelog' ? <VirtualTable<ResultRow> label="Changelog" columns={changelogColumns(columns, run.zone.value)} rows={changes} rowKey={(_, i) => i} rowHeight={26} follow={state === 'running'} rowClass={(row) => `change ${row.kind.toLowerCase()}`} empty={<Waiting state={state} />} />
        : <VirtualTable<(string | null)[]> label="Result" columns={resultColumns(columns, run.statement, run.zone.value)} rows={rows} rowKey={(_, i) => i} rowHeight={26} sort={sort.value} onSort={(next) => { sort.value = next; }} follow={state === 'running' && run.insertOnly && !sort.value} empty={<Waiting state={state} />} />}
    </>
  );
}

function Waiting({ state }: { state: string }) {
  return state === 'running' ? <Empty title="Waiting for rows" icon="clock">A windowed query answers once its first window has closed.</Empty> : <Empty title="The result has no rows" icon="table" />;
}

function shown(cell: string | null) {
  if (cell === null) return <span class="null">NULL</span>;
  return cell.length > 30 ? <span title={cell.slice(0, 4000)}>{cell.slice(0, 1000)}</span> : cell;
}

/** Texts of SHOW CREATE TABLE and EXPLAIN are wide. */
function widthOf(type: string, statement: string): number {
  if (isNumeric(type) || type === 'BOOLEAN') return 100;
  if (/^\s*(EXPLAIN|SHOW\s+CREATE)/i.test(statement)) return 1200;
  if (type.startsWith('TIMESTAMP_LTZ')) return 230;
  return type.startsWith('TIMESTAMP') ? 190 : 150;
}

function resultColumns(columns: { name: string; type: string }[], statement: string, zone: string): TableColumn<(string | null)[]>[] {
  return columns.map(({ name, type }, i) => {
    const number = isNumeric(type);
    return {
      id: `c${i}`, title: columnTitle({ name, type }, zone), min: widthOf(type, statement), grow: 1, mono: true, align: number ? 'right' : undefined,
      sort: (row) => (row[i] === null || !number ? row[i] : Number(row[i])), cell: (row) => shown(row[i]),
    };
  });
}

function changelogColumns(columns: { name: string; type: string }[], zone: string): TableColumn<ResultRow>[] {
  return [
    { id: 'kind', title: 'Op', min: 52, cell: (row) => <Kind kind={row.kind} /> },
    ...columns.map(({ name, type }, i): TableColumn<ResultRow> => ({ id: `c${i}`, title: columnTitle({ name, type }, zone), min: widthOf(type, ''), grow: 1, mono: true, align: isNumeric(type) ? 'right' : undefined, cell: (row) => shown(row.fields[i]) })),
  ];
}
