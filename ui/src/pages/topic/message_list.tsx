import { useEffect } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { ApiError, getJson, url } from '../../api/client';
import type { Message, MessagePage } from '../../api/types';
import { Button, Empty, ErrorNote, Loading } from '../../components/basics';
import { DownloadButton } from '../../components/download';
import { plural } from '../../format/numbers';
import { MessageTable } from './message_table';

const PAGE = 100;

/** The order of a list of messages: by time, then where they stand. */
export function inOrder(messages: Message[]): Message[] {
  return [...messages].sort((a, b) => a.timestamp - b.timestamp || a.partition - b.partition || a.offset - b.offset);
}

export function MessageList({ topic, from, partition }: { topic: string; from: string; partition: string }) {
  const messages = useSignal<Message[] | undefined>(undefined);
  const next = useSignal<Record<string, number>>({});
  const ended = useSignal(false);
  const error = useSignal<ApiError | undefined>(undefined);
  const busy = useSignal(false);

  const read = async (more: boolean) => {
    busy.value = true;
    const at = Object.entries(next.value).map(([id, offset]) => `${id}:${offset}`).join(',');
    try {
      const page = await getJson<MessagePage>(url(['topics', topic, 'messages'], { from, partition, limit: PAGE, at: more ? at : undefined }));
      messages.value = more ? [...(messages.value ?? []), ...inOrder(page.messages)] : from === 'latest' ? inOrder(page.messages).reverse() : inOrder(page.messages);
      next.value = page.next ?? {};
      ended.value = page.messages.length === 0 || from === 'latest';
      error.value = undefined;
    } catch (failure) {
      error.value = failure as ApiError;
    }
    busy.value = false;
  };
  useEffect(() => { void read(false); }, []);

  if (error.value && !messages.value) return <ErrorNote error={error.value} onRetry={() => void read(false)} />;
  if (!messages.value) return <Loading lines={10} />;
  return (
    <>
      <MessageTable messages={messages.value} empty={<Empty title="No messages here" icon="topics">{from === 'latest' || from === 'earliest' ? 'Nothing has been written yet, or it has been deleted since.' : 'The partition ends before that place.'}</Empty>} />
      <div class="toolbar foot">
        <span class="muted" role="status">{plural(messages.value.length, 'message')}{from === 'latest' ? ', newest first' : ', oldest first'}</span>
        {from === 'latest' ? <Button icon="refresh" busy={busy.value} onClick={() => void read(false)}>Read again</Button>
          : <Button busy={busy.value} disabled={ended.value} onClick={() => void read(true)}>{ended.value ? 'That is all' : `Next ${PAGE}`}</Button>}
        {messages.value.length > 0 && <DownloadButton name={`${topic}.jsonl`} label="Save these messages as JSON lines" text={() => messages.value!.map((message) => `${JSON.stringify(message)}\n`).join('')} />}
        {error.value && <span class="bad-text" role="alert">{error.value.message}</span>}
      </div>
    </>
  );
}
