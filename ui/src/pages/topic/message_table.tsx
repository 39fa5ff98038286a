import type { ComponentChildren } from 'preact';
import type { Datum, Message } from '../../api/types';
import { Badge } from '../../components/basics';
import { VirtualTable, type TableColumn } from '../../components/table';
import { bytes } from '../../format/numbers';
import { dateClock, zoneName } from '../../format/time';
import { route, setQuery } from '../../router';
import { MessageDetail } from './message_detail';

export function messageKey(message: Message): string {
  return `${message.partition}:${message.offset}`;
}

export function DatumText({ datum }: { datum: Datum }) {
  if (datum.encoding === 'null') return <span class="null">NULL</span>;
  if (datum.error) return <><Badge tone="bad" title={datum.error}>undecodable</Badge><span>{datum.text}</span></>;
  return <span title={datum.text.length > 60 ? datum.text.slice(0, 2000) : undefined}>{datum.text.slice(0, 400)}</span>;
}

/** Beside an open message only what tells them apart. */
function columns(beside: boolean): TableColumn<Message>[] {
  const all: TableColumn<Message>[] = [
    { id: 'offset', title: 'Offset', min: 110, mono: true, cell: (message) => message.offset },
    { id: 'partition', title: 'Part.', min: 54, align: 'right', wide: true, cell: (message) => message.partition },
    { id: 'time', title: `Time (${zoneName()})`, min: 196, mono: true, wide: true, cell: (message) => dateClock(message.timestamp) },
    { id: 'key', title: 'Key', min: 90, grow: 1, mono: true, cell: (message) => <DatumText datum={message.key} /> },
    { id: 'value', title: 'Value', min: 160, grow: 4, mono: true, cell: (message) => <DatumText datum={message.value} /> },
    { id: 'size', title: 'Size', min: 72, align: 'right', wide: true, cell: (message) => bytes(message.size) },
  ];
  return beside ? all.filter(({ wide, id }) => !wide || id === 'partition') : all;
}

/** Messages in a table; the open one (message=P:O in the address) stands beside it. */
export function MessageTable({ messages, empty, follow }: { messages: Message[]; empty: ComponentChildren; follow?: boolean }) {
  const picked = route.value.query.message;
  const open = picked ? messages.find((message) => messageKey(message) === picked) : undefined;
  return (
    <div class={`master-detail${open ? ' has-detail' : ''}`}>
      <VirtualTable label="Messages" columns={columns(open !== undefined)} rows={messages} rowKey={messageKey} selected={picked} follow={follow && !open} empty={empty}
        onSelect={(message) => setQuery({ message: messageKey(message) === picked ? undefined : messageKey(message) })} />
      {open && <MessageDetail key={messageKey(open)} message={open} onClose={() => setQuery({ message: undefined })} />}
    </div>
  );
}
