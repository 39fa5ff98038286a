import { useMemo } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { useResource } from '../api/resource';
import { plural } from '../format/numbers';
import { Button, CopyButton, Empty, ErrorNote, Loading } from './basics';
import { Check, SearchField } from './fields';
import { VirtualTable } from './table';

/** By its level, which stands before the text. */
function tone(line: string): string {
  const level = /\b(trace|debug|info|warn|warning|error|critical|fatal)\b/i.exec(line)?.[0].toLowerCase() ?? '';
  if (level.startsWith('warn')) return 'log-warn';
  return ['error', 'critical', 'fatal'].includes(level) ? 'log-bad' : '';
}

/** A text by lines: filtered, following its end if wanted. */
export function LogView({ address, label }: { address: string; label: string }) {
  const filter = useSignal('');
  const follow = useSignal(true);
  const text = useResource<string>(address, { text: true, every: follow.value ? 2000 : 0 });
  const data = text.data.value;
  const lines = useMemo(() => (data ?? '').replace(/\n$/, '').split('\n'), [data]);
  const shown = useMemo(() => (filter.value ? lines.filter((line) => line.toLowerCase().includes(filter.value.toLowerCase())) : lines), [lines, filter.value]);
  if (data === undefined) return text.error.value ? <ErrorNote error={text.error.value} onRetry={text.reload} /> : <Loading lines={12} />;
  if (!data) return <Empty title={`The ${label} is empty`} icon="topics" />;
  const widest = Math.max(...shown.slice(-2000).map((line) => line.length), 20);
  return (
    <>
      <div class="toolbar">
        <SearchField label={`Filter the ${label}`} value={filter.value} onInput={(value) => { filter.value = value; }} width={280} />
        <Check label="Follow" checked={follow.value} onChange={(value) => { follow.value = value; }} />
        <span class="muted">{plural(shown.length, 'line')}</span>
        <CopyButton text={() => shown.join('\n')} label={`Copy the ${label}`} />
        <Button kind="quiet" icon="refresh" label="Read again" onClick={text.reload} />
      </div>
      <VirtualTable label={label} rows={shown} rowKey={(_, i) => i} rowHeight={20} rowClass={(line) => `log-line ${tone(line)}`} follow={follow.value}
        empty={<Empty title="No line fits the filter" />} columns={[{ id: 'line', title: 'Line', min: Math.min(widest * 7.3 + 24, 6000), grow: 1, mono: true, cell: (line) => line || '\u00a0' }]} />
    </>
  );
}
