import type { Job, Subtask, Vertex } from '../../api/types';
import { Badge, Empty, Num, Panel, StateBadge } from '../../components/basics';
import { VirtualTable } from '../../components/table';
import { bytes, percent, rate } from '../../format/numbers';
import { duration, watermark } from '../../format/time';
import { tableName } from '../../format/names';
import { delayOf } from './totals';

export function JobSubtasks({ job }: { job: Job }) {
  if (job.vertices.length === 0) return <Empty title="The job has no subtasks yet" icon="jobs" />;
  return (
    <>
      {job.vertices.map((vertex) => <Panel key={vertex.id} title={<span class="mono">{vertex.name}</span>} flush><SubtaskTable job={job} vertex={vertex} /></Panel>)}
      {job.splits.length > 0 && <Panel title="Partitions read" flush><Splits job={job} /></Panel>}
    </>
  );
}

function SubtaskTable({ job, vertex }: { job: Job; vertex: Vertex }) {
  const share = (part: number, subtask: Subtask) => percent(part / Math.max(1, subtask.busy_millis + subtask.backpressured_millis + subtask.idle_millis));
  return (
    <VirtualTable label={`Subtasks of ${vertex.name}`} rows={vertex.subtasks} rowKey={(subtask) => subtask.index} maxRows={16} columns={[
      { id: 'index', title: 'Subtask', min: 70, align: 'right', cell: (subtask) => subtask.index },
      { id: 'state', title: 'State', min: 100, cell: (subtask) => <StateBadge state={subtask.state} /> },
      { id: 'in', title: 'In', min: 80, grow: 1, align: 'right', cell: (subtask) => rate(subtask.records_in_rate) },
      { id: 'out', title: 'Out', min: 80, grow: 1, align: 'right', cell: (subtask) => rate(subtask.records_out_rate) },
      { id: 'all_in', title: 'Records in', min: 90, grow: 1, align: 'right', wide: true, cell: (subtask) => <Num value={subtask.records_in} /> },
      { id: 'all_out', title: 'Records out', min: 90, grow: 1, align: 'right', wide: true, cell: (subtask) => <Num value={subtask.records_out} /> },
      { id: 'bytes', title: 'Bytes in', min: 90, grow: 1, align: 'right', wide: true, cell: (subtask) => bytes(subtask.bytes_in) },
      { id: 'busy', title: 'Busy', min: 60, align: 'right', wide: true, cell: (subtask) => share(subtask.busy_millis, subtask) },
      { id: 'bp', title: 'Back-pr.', min: 66, align: 'right', wide: true, cell: (subtask) => share(subtask.backpressured_millis, subtask) },
      { id: 'idle', title: 'Idle', min: 60, align: 'right', wide: true, cell: (subtask) => share(subtask.idle_millis, subtask) },
      { id: 'watermark', title: 'Watermark delay', min: 132, grow: 1, align: 'right', cell: (subtask) => <span title={watermark(subtask.watermark)}>{duration(delayOf(subtask.watermark, job.now_millis))}</span> },
    ]} />
  );
}

function Splits({ job }: { job: Job }) {
  return (
    <VirtualTable label="Partitions read" rows={job.splits} rowKey={(split) => `${split.table}/${split.name}`} maxRows={16} columns={[
      { id: 'name', title: 'Partition', min: 140, grow: 2, mono: true, cell: (split) => split.name },
      { id: 'table', title: 'Table', min: 120, grow: 2, mono: true, wide: true, cell: (split) => tableName(split.table) },
      { id: 'slot', title: 'Subtask', min: 70, align: 'right', cell: (split) => split.slot },
      { id: 'idle', title: 'State', min: 90, cell: (split) => (split.idle ? <Badge tone="warn">idle</Badge> : <Badge tone="good">active</Badge>) },
      { id: 'watermark', title: 'Watermark', min: 230, grow: 1, align: 'right', cell: (split) => watermark(split.watermark) },
    ]} />
  );
}
