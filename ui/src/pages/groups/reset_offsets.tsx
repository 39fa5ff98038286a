import { useSignal } from '@preact/signals';
import { call, url } from '../../api/client';
import type { GroupDetail, OffsetChange } from '../../api/types';
import { Button, ErrorNote } from '../../components/basics';
import { confirm } from '../../components/dialog';
import { SelectField, TextField } from '../../components/fields';
import { VirtualTable } from '../../components/table';
import { notify } from '../../components/toast';
import { exact, plural } from '../../format/numbers';
import { zoneName } from '../../format/time';
import { targetOf } from './target';

const TARGETS = [
  { value: 'earliest', label: 'the first message' }, { value: 'latest', label: 'the end' }, { value: 'time', label: 'a time' },
  { value: 'offset', label: 'an offset' }, { value: 'shift', label: 'so many messages further (−: back)' },
];

function movedBy({ from, to }: OffsetChange): string {
  if (from === null) return '–';
  return to >= from ? `+${exact(to - from)}` : `−${exact(from - to)}`;
}

/** Shows what a reset would change; only then it can be done. */
export function ResetOffsets({ group, reload }: { group: GroupDetail; reload: () => void }) {
  const topics = [...new Set(group.offsets.map(({ topic }) => topic))];
  const topic = useSignal('');
  const kind = useSignal('earliest');
  const text = useSignal('');
  const changes = useSignal<OffsetChange[] | undefined>(undefined);
  const error = useSignal<Error | undefined>(undefined);
  const target = targetOf(kind.value, text.value);
  const ask = async (preview: boolean) => {
    error.value = undefined;
    try {
      const answer = await call<{ changes: OffsetChange[] }>('POST', url(['groups', group.id, 'reset']), { topics: topic.value ? [topic.value] : undefined, to: target, preview });
      changes.value = preview ? answer.changes : undefined;
      if (!preview) {
        notify(`The offsets of ${plural(answer.changes.length, 'partition')} are reset.`);
        reload();
      }
    } catch (failure) {
      error.value = failure as Error;
    }
  };
  const apply = async () => {
    const yes = await confirm({ title: 'Reset the offsets?', action: 'Reset', danger: true, text: <p>The group goes on reading {plural(changes.value!.length, 'partition')} from the offsets shown; messages in between are read again or left out.</p> });
    if (yes) await ask(false);
  };
  const change = (work: () => void) => { work(); changes.value = undefined; };
  const active = group.members.length > 0;
  return (
    <>
      {active && <p class="stale warn" role="status">The group has {plural(group.members.length, 'member')}. Offsets can be reset once they have left.</p>}
      <div class="toolbar">
        <SelectField label="Topics" value={topic.value} onChange={(value) => change(() => { topic.value = value; })} choices={[{ value: '', label: 'all' }, ...topics.map((name) => ({ value: name, label: name }))]} />
        <SelectField label="To" value={kind.value} onChange={(value) => change(() => { kind.value = value; })} choices={TARGETS} />
        {kind.value !== 'earliest' && kind.value !== 'latest' && <TextField label={kind.value === 'time' ? `Time (${zoneName()})` : kind.value === 'offset' ? 'Offset' : 'Messages'} placeholder={kind.value === 'time' ? '2026-11-28 19:30' : ''} mono width={210} value={text.value} onInput={(value) => change(() => { text.value = value; })} onEnter={() => void ask(true)} />}
        <Button disabled={target === undefined} onClick={() => ask(true)}>Preview</Button>
        <Button kind="primary" disabled={!changes.value?.length || active} onClick={apply}>Reset</Button>
      </div>
      {!changes.value && !error.value && <p class="hint">The preview shows each partition's offset before and after; nothing changes until you reset.</p>}
      {error.value && <ErrorNote error={error.value} />}
      {changes.value && (
        <VirtualTable label="What a reset changes" rows={changes.value} rowKey={(row) => `${row.topic}-${row.partition}`} maxRows={20} empty="Nothing would change." columns={[
          { id: 'topic', title: 'Topic', min: 140, grow: 2, cell: (row) => row.topic },
          { id: 'partition', title: 'Partition', min: 80, align: 'right', cell: (row) => row.partition },
          { id: 'from', title: 'From', min: 90, grow: 1, align: 'right', mono: true, cell: (row) => (row.from === null ? <span class="muted">none</span> : exact(row.from)) },
          { id: 'to', title: 'To', min: 90, grow: 1, align: 'right', mono: true, cell: (row) => exact(row.to) },
          { id: 'by', title: 'Moves by', min: 90, grow: 1, align: 'right', mono: true, cell: (row) => movedBy(row) },
        ]} />
      )}
    </>
  );
}
