import type { Checkpoint } from '../../api/types';
import { Button, Empty, Num, Panel } from '../../components/basics';
import { VirtualTable } from '../../components/table';
import { bytes } from '../../format/numbers';
import { dateTime, duration } from '../../format/time';

interface SizeRow {
  operator: string;
  subtask: string;
  rows: number | null;
  bytes: number;
  added: number;
}

/** Each operator in sum, and, where several subtasks share its state, each of them. */
export function sizeRows(checkpoint: Checkpoint): SizeRow[] {
  return checkpoint.operators.flatMap(({ name, rows, slots }) => {
    const each = slots.map((size, index): SizeRow => ({ operator: name, subtask: String(index), rows: null, bytes: size.bytes, added: size.added_bytes }));
    const sum: SizeRow = {
      operator: name, subtask: each.length === 1 ? '0' : 'all', rows,
      bytes: each.reduce((total, row) => total + row.bytes, 0), added: each.reduce((total, row) => total + row.added, 0),
    };
    return each.length === 1 ? [sum] : [sum, ...each];
  });
}

/** What operators wrote for a checkpoint, and what its subtasks took for it. */
export function CheckpointDetail({ checkpoint, pending, onClose }: { checkpoint: Checkpoint; pending: boolean; onClose: () => void }) {
  const sizes = sizeRows(checkpoint);
  return (
    <Panel flush title={<>{checkpoint.savepoint ? 'Savepoint' : 'Checkpoint'} {checkpoint.id}</>} actions={<>
      <span class="muted">{dateTime(checkpoint.trigger_millis, true)}</span>
      <Button kind="quiet" icon="close" label="Close the detail" onClick={onClose} />
    </>}>
      {pending ? <Empty title="It is being taken" icon="clock">What it took is known once it is complete.</Empty> : checkpoint.failure ? <Empty title="It has failed">{checkpoint.failure}</Empty> : (
        <>
          <VirtualTable label="State by operator" rows={sizes} rowKey={(row) => `${row.operator}/${row.subtask}`} maxRows={16} empty={<Empty title="No operator has state" icon="jobs" />} columns={[
            { id: 'operator', title: 'Operator', min: 170, grow: 3, mono: true, cell: (row) => <span title={row.operator}>{row.operator}</span> },
            { id: 'subtask', title: 'Subtask', min: 70, align: 'right', cell: (row) => row.subtask },
            { id: 'rows', title: 'Rows', min: 80, grow: 1, align: 'right', wide: true, cell: (row) => (row.rows === null ? '' : <Num value={row.rows} />) },
            { id: 'bytes', title: 'State', min: 84, grow: 1, align: 'right', cell: (row) => bytes(row.bytes) },
            { id: 'added', title: 'Added', min: 84, grow: 1, align: 'right', wide: true, cell: (row) => bytes(row.added) },
          ]} />
          <VirtualTable label="Times by subtask" rows={checkpoint.slots} rowKey={(_, index) => index} maxRows={16} empty={<Empty title="No times are known" icon="clock" />} columns={[
            { id: 'subtask', title: 'Subtask', min: 70, align: 'right', cell: (_, index) => index },
            { id: 'delay', title: 'Start delay', min: 86, grow: 1, align: 'right', cell: (slot) => duration(slot.start_delay_millis) },
            { id: 'alignment', title: 'Alignment', min: 86, grow: 1, align: 'right', cell: (slot) => duration(slot.alignment_millis) },
            { id: 'sync', title: 'Sync', min: 60, grow: 1, align: 'right', cell: (slot) => duration(slot.sync_millis) },
            { id: 'async', title: 'Async (all)', min: 90, grow: 1, align: 'right', wide: true, cell: () => duration(checkpoint.async_millis) },
          ]} />
        </>
      )}
    </Panel>
  );
}
