import { useSignal } from '@preact/signals';
import { Button, Empty, Time } from '../../components/basics';
import { SearchField } from '../../components/fields';
import { VirtualTable } from '../../components/table';
import { forgetAll, sqlHistory } from '../../sql/history';

export function HistoryView({ onPick }: { onPick: (text: string) => void }) {
  const filter = useSignal('');
  const shown = sqlHistory.value.filter(({ text }) => text.toLowerCase().includes(filter.value.toLowerCase()));
  return (
    <>
      <div class="toolbar">
        <SearchField label="Filter the history" value={filter.value} onInput={(value) => { filter.value = value; }} width={260} />
        <span class="muted">kept in this browser</span>
        {sqlHistory.value.length > 0 && <Button kind="quiet" icon="trash" onClick={forgetAll}>Forget all</Button>}
      </div>
      <VirtualTable label="History" rows={shown} rowKey={(entry) => entry.text} onSelect={(entry) => onPick(entry.text)} empty={<Empty title="Nothing has been run yet" icon="clock" />} columns={[
        { id: 'text', title: 'Statement', min: 220, grow: 4, mono: true, cell: (entry) => <span title={entry.text}>{entry.text.replace(/\s+/g, ' ').slice(0, 300)}</span> },
        { id: 'outcome', title: 'Outcome', min: 90, cell: (entry) => <span class={entry.outcome === 'failed' ? 'bad-text' : 'muted'}>{entry.outcome}</span> },
        { id: 'time', title: 'When', min: 200, align: 'right', wide: true, cell: (entry) => <Time millis={entry.millis} /> },
      ]} />
    </>
  );
}
