import { useRef } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { useEvents } from '../../api/resource';
import { url } from '../../api/client';
import type { Message } from '../../api/types';
import { Button, Empty } from '../../components/basics';
import { count, plural } from '../../format/numbers';
import { MessageTable } from './message_table';

const KEPT = 1000;

function wordsOf(data: unknown): string {
  const { error, message } = data as { error?: { message: string }; message?: string };
  return error?.message ?? message ?? 'The messages cannot be read.';
}

/** Messages as they are written; the last thousand stay. */
export function MessageTail({ topic, partition }: { topic: string; partition: string }) {
  const messages = useSignal<Message[]>([]);
  const seen = useSignal(0);
  const skipped = useSignal(0);
  const trouble = useSignal('');
  const paused = useSignal(false);
  const held = useRef<Message[]>([]);
  const state = useEvents(url(['topics', topic, 'tail'], { partition }), (name, data) => {
    if (name === 'skipped') skipped.value += (data as { count: number }).count;
    if (name === 'error') trouble.value = wordsOf(data);
    if (name !== 'messages') return;
    trouble.value = '';
    const batch = data as Message[];
    seen.value += batch.length;
    if (paused.value) held.current = [...held.current, ...batch].slice(-KEPT);
    else messages.value = [...messages.value, ...batch].slice(-KEPT);
  }, true);
  const toggle = () => {
    paused.value = !paused.value;
    if (paused.value) return;
    messages.value = [...messages.value, ...held.current].slice(-KEPT);
    held.current = [];
  };
  return (
    <>
      {/* Above the rows: below them the keyboard would never come to it, for there are always more. */}
      <div class="toolbar">
        <Button icon={paused.value ? 'play' : 'pause'} onClick={toggle}>{paused.value ? 'Go on' : 'Hold'}</Button>
        <Button onClick={() => { messages.value = []; }}>Clear</Button>
        <span class="muted">{state.value === 'open' ? 'Live' : state.value === 'closed' ? 'Ended' : 'Connecting …'}, {plural(seen.value, 'message')} since this page was opened{paused.value && held.current.length > 0 ? `, ${held.current.length} held back` : ''}{skipped.value > 0 && `, ${count(skipped.value)} more came too fast to show`}</span>
        {trouble.value && <span class="bad-text" role="alert">{trouble.value}</span>}
      </div>
      <MessageTable messages={messages.value} follow={!paused.value} empty={<Empty title="Waiting for messages" icon="clock">They show up here the moment they are written.</Empty>} />
    </>
  );
}
