import { useSignal } from '@preact/signals';
import { useResource } from '../../api/resource';
import { url } from '../../api/client';
import { zoneOf } from '../../api/services';
import type { EdgeRows, Job, Operator } from '../../api/types';
import { Button, Empty, ErrorNote, Loading, Panel } from '../../components/basics';
import { VirtualTable, type TableColumn } from '../../components/table';
import { columnTitle } from '../../format/names';
import { clock, zoneName } from '../../format/time';
import { isEnded } from '../job_columns';
import { Kind } from '../../components/kind';

type Row = EdgeRows['rows'][number];

/** The rows that pass an edge: those seen last, newest first. */
export function EdgePanel({ job, operator, onClose }: { job: Job; operator: Operator; onClose: () => void }) {
  const paused = useSignal(false);
  const held = useSignal<EdgeRows | undefined>(undefined);
  const sample = useResource<EdgeRows>(isEnded(job) ? undefined : url(['jobs', job.id, 'edges', operator.id, 'rows'], { limit: 100 }), { every: 1000 });
  const data = paused.value ? held.value : sample.data.value;
  const columns: TableColumn<Row>[] = [
    { id: 'seen', title: `Seen (${zoneName()})`, min: 128, mono: true, cell: (row) => clock(row.seen_millis, true) },
    { id: 'kind', title: 'Kind', min: 56, cell: (row) => <Kind kind={row.kind} /> },
    ...(data?.columns ?? []).map((column, i): TableColumn<Row> => ({
      id: `c${i}`, title: columnTitle(column, zoneOf(job.settings)), min: 130, grow: 1, mono: true,
      align: /^(TINYINT|SMALLINT|INT|BIGINT|FLOAT|DOUBLE|DECIMAL)/.test(column.type) ? 'right' : undefined,
      cell: (row) => row.cells[i] ?? <span class="null">NULL</span>,
    })),
  ];
  const toggle = () => {
    held.value = sample.data.value;
    paused.value = !paused.value;
  };
  const rows = data ? [...data.rows].reverse() : [];
  return (
    <Panel flush title={<>Rows out of <span class="mono">{operator.name}</span></>} actions={<>
      <span class="muted">{data ? `${rows.length} seen last` : ''}</span>
      <Button kind="quiet" icon={paused.value ? 'play' : 'pause'} label={paused.value ? 'Go on' : 'Hold'} onClick={toggle} />
      <Button kind="quiet" icon="close" label="Close" onClick={onClose} />
    </>}>
      {isEnded(job) ? <Empty title="The job has ended">Rows can be seen while it runs.</Empty>
        : sample.error.value && !data ? <ErrorNote error={sample.error.value} onRetry={sample.reload} />
        : !data ? <Loading lines={4} />
        : <VirtualTable label={`Rows out of ${operator.name}`} columns={columns} rows={rows} rowKey={(_, i) => i} maxRows={12}
            empty={<Empty title="Waiting for rows" icon="clock">The edge is watched from now on; rows show up as they pass.</Empty>} />}
    </Panel>
  );
}
