import { useEffect, useRef } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { ApiError, url } from '../../api/client';
import { openEvents } from '../../api/sse';
import { Button, Empty, ErrorNote, Meter } from '../../components/basics';
import { Code } from '../../components/code';
import { DownloadButton } from '../../components/download';
import { VirtualTable, type TableColumn } from '../../components/table';
import type { Column } from '../../api/types';
import { isNumeric } from '../../sql/chart';
import { columnTitle } from '../../format/names';
import { toCsv } from '../../format/csv';
import { count, plural } from '../../format/numbers';

const LIMIT = 10_000;

interface Progress {
  read: number;
  total: number;
  matched: number;
}

type Cells = (string | null)[];

/** A SQL condition, run by the engine over the whole topic: rows and progress as they come. */
export function MessageSearch({ topic, where, from }: { topic: string; where: string; from: string }) {
  const columns = useSignal<Column[]>([]);
  const rows = useSignal<Cells[]>([]);
  const progress = useSignal<Progress | undefined>(undefined);
  const state = useSignal<'running' | 'done' | 'stopped'>('running');
  const error = useSignal<ApiError | undefined>(undefined);
  const stop = useRef(() => {});

  useEffect(() => {
    const arrived: Cells[] = [];
    let frame = 0;
    const show = () => { frame = 0; rows.value = arrived.slice(); };
    const close = openEvents(url(['topics', topic, 'search']), {
      body: { where, limit: LIMIT, from: from.startsWith('time:') ? from : 'earliest' },
      reconnect: false,
      onEvent: (name, data) => {
        if (name === 'row') {
          const row = data as { columns?: Column[]; cells: Cells };
          if (row.columns) columns.value = row.columns;
          arrived.push(row.cells);
          frame ||= requestAnimationFrame(show);
        } else if (name === 'progress') progress.value = data as Progress;
        else if (name === 'done') {
          if (data) progress.value = { ...(progress.value ?? { read: 0, total: 0, matched: arrived.length }), ...(data as Partial<Progress>) };
          state.value = 'done';
        } else if (name === 'error') error.value = errorFrom(data);
      },
      onState: (next, failure) => {
        if (failure) error.value = failure;
        if (next === 'closed' && state.value === 'running') state.value = 'stopped';
      },
    });
    stop.current = close;
    return () => { close(); cancelAnimationFrame(frame); };
  }, []);

  const shown: TableColumn<Cells>[] = columns.value.map(({ name, type }, i) => ({ id: name, title: columnTitle({ name, type }, 'UTC'), min: type.startsWith('TIMESTAMP') ? 200 : 110, grow: 1, mono: true, align: isNumeric(type) ? 'right' : undefined, cell: (cells) => cells[i] ?? <span class="null">NULL</span> }));
  const { read = 0, total = 0 } = progress.value ?? {};
  return (
    <>
      <div class="toolbar foot">
        {state.value === 'running' && <Button icon="stop" onClick={() => stop.current()}>Stop</Button>}
        {rows.value.length > 0 && <DownloadButton name={`${topic}-matches.csv`} label="Save the matches as CSV" text={() => toCsv(columns.value.map(({ name }) => name), rows.value)} />}
        <Meter ratio={state.value === 'done' ? 1 : total ? read / total : 0} />
        <span role="status" class="muted">{plural(Math.max(rows.value.length, progress.value?.matched ?? 0), 'match', 'matches')}; {state.value === 'running' ? `${count(read)} of ${count(total)} messages read …` : state.value === 'done' ? `all ${count(total || read)} messages read` : `stopped after ${count(read)} messages`}{rows.value.length >= LIMIT && `; only the first ${count(LIMIT)} are shown`}</span>
      </div>
      {error.value ? <><ErrorNote error={error.value} />{error.value.column > 0 && <Code text={where} language="sql" label="condition" line={error.value.line || 1} note={`column ${error.value.column}`} />}</> : (
        <VirtualTable label="Matches" columns={shown} rows={rows.value} rowKey={(_, i) => i} empty={state.value === 'running' ? <Empty title="Searching" icon="clock" /> : <Empty title="No message fits the condition" />} />
      )}
    </>
  );
}

function errorFrom(data: unknown): ApiError {
  const body = data as { error?: { message: string; hint?: string }; message?: string; hint?: string } | null;
  const { message = 'The search failed.', hint } = body?.error ?? body ?? {};
  return new ApiError(message, 400, hint);
}
