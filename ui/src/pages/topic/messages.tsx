import { useLayoutEffect } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { Button } from '../../components/basics';
import { Segments, SelectField, TextField } from '../../components/fields';
import { parseTime, dateClock, zoneName } from '../../format/time';
import { route, setQuery } from '../../router';
import { MessageList } from './message_list';
import { MessageSearch } from './message_search';
import { MessageTail } from './message_tail';

const STARTS = [
  { value: 'latest', label: 'Latest' },
  { value: 'live', label: 'Live' },
  { value: 'earliest', label: 'Oldest' },
  { value: 'offset', label: 'Offset' },
  { value: 'time', label: 'Time' },
];

/** Where reading starts is in the address: from=latest|live|earliest|offset:N|time:MS, partition=N, where=CONDITION. */
export function Messages({ topic, partitions }: { topic: string; partitions: number }) {
  const { from = 'latest', partition = '', where = '' } = route.value.query;
  const [mode, at = ''] = from.split(':', 2);
  const condition = useSignal(where);
  const place = useSignal('');
  const wrong = useSignal('');
  // Before the next paint: later it would wipe what is being typed.
  useLayoutEffect(() => { condition.value = where; }, [where]);
  useLayoutEffect(() => { place.value = mode === 'time' && at ? dateClock(Number(at)) : at; }, [mode, at]);

  const seek = () => {
    const value = mode === 'time' ? parseTime(place.value) : /^\d+$/.test(place.value.trim()) ? Number(place.value) : undefined;
    wrong.value = value === undefined ? (mode === 'time' ? 'Write a time like 2026-11-28 19:30' : 'Write an offset, a whole number') : '';
    if (value !== undefined) setQuery({ from: `${mode}:${value}`, message: undefined });
  };
  const run = () => setQuery({ where: condition.value.trim() || undefined, message: undefined });

  return (
    <>
      <div class="toolbar">
        <Segments label="Start at" value={mode} choices={STARTS} onChange={(value) => setQuery({ from: value === 'latest' ? undefined : value, message: undefined, where: value === 'live' ? undefined : where })} />
        {(mode === 'offset' || mode === 'time') && (
          <>
            <TextField hideLabel label={mode === 'time' ? `Time (${zoneName()})` : 'Offset'} placeholder={mode === 'time' ? `2026-11-28 19:30 (${zoneName()})` : 'offset'} value={place.value} mono width={mode === 'time' ? 230 : 120}
              onInput={(value) => { place.value = value; }} onEnter={seek} error={wrong.value} />
            <Button onClick={seek}>Go</Button>
          </>
        )}
        <SelectField hideLabel label="Partition" value={partition} onChange={(value) => setQuery({ partition: value, message: undefined })}
          choices={[{ value: '', label: 'All partitions' }, ...Array.from({ length: partitions }, (_, i) => ({ value: String(i), label: `Partition ${i}` }))]} />
        {mode !== 'live' && (
          <form class="where" role="search" onSubmit={(e) => { e.preventDefault(); run(); }}>
            <label for="where" class="where-label">WHERE</label>
            <input id="where" class="mono" value={condition.value} placeholder="SQL over all messages: amount > 10 AND store_id = 'ABC'" spellcheck={false} autocomplete="off" onInput={(e) => { condition.value = e.currentTarget.value; }} />
            <Button type="submit" icon="search" kind={condition.value !== where ? 'primary' : 'plain'}>Search</Button>
            {where && <Button kind="quiet" icon="close" label="Show all messages again" onClick={() => setQuery({ where: undefined })} />}
          </form>
        )}
      </div>
      {mode === 'live' ? <MessageTail key={partition} topic={topic} partition={partition} />
        : where ? <MessageSearch key={where + from} topic={topic} where={where} from={from} />
        : (mode === 'offset' || mode === 'time') && !at ? <p class="hint">Say from which {mode} on messages are to be read.</p>
        : <MessageList key={`${from}/${partition}`} topic={topic} from={from} partition={partition} />}
    </>
  );
}
