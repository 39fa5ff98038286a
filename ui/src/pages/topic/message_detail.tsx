import type { ComponentChildren } from 'preact';
import { useSignal } from '@preact/signals';
import type { Datum, Message } from '../../api/types';
import { Badge, Button, CopyButton, Time } from '../../components/basics';
import { Segments } from '../../components/fields';
import { JsonView } from '../../components/json_view';
import { Icon } from '../../components/icons';
import { bytes } from '../../format/numbers';
import { hexDump, hexOf, prettyJson } from '../../format/json';
import { href, route } from '../../router';

/** Where a message stands, whatever has been written since. */
export function messageHref(topic: string, { partition, offset }: Pick<Message, 'partition' | 'offset'>): string {
  return href(['topics', topic, 'messages'], { from: `offset:${offset}`, partition, message: `${partition}:${offset}` });
}

export function MessageDetail({ message, onClose }: { message: Message; onClose: () => void }) {
  return (
    <aside class="detail" aria-label={`Message ${message.offset} of partition ${message.partition}`}>
      <header>
        <h2>Partition {message.partition}, offset {message.offset}</h2>
        <CopyButton text={() => JSON.stringify(message, null, 2)} label="Copy the message as JSON" />
        <CopyButton text={() => new URL(messageHref(route.value.path[1], message), location.href).href} label="Copy a link to this message" />
        <Button kind="quiet" icon="close" label="Close the message" onClick={onClose} />
      </header>
      <p class="subline"><Time millis={message.timestamp} fraction /><span>{message.timestamp_type === 'append' ? 'when it was appended' : 'when it was created'}</span><span>{bytes(message.size)}</span></p>
      <DatumPart title="Key" datum={message.key} />
      <DatumPart title="Value" datum={message.value} />
      <Part title={`Headers (${message.headers.length})`} open={message.headers.length > 0}>
        {message.headers.length === 0 ? <p class="muted">none</p> : (
          <dl class="key-values">{message.headers.map((header, i) => <div key={i}><dt class="mono">{header.name}</dt><dd class="mono"><span>{header.value}</span> <CopyButton text={header.value} /><details><summary>hex</summary>{header.hex}</details></dd></div>)}</dl>
        )}
      </Part>
    </aside>
  );
}

function Part({ title, tools, open: startOpen = true, children }: { title: ComponentChildren; tools?: ComponentChildren; open?: boolean; children: ComponentChildren }) {
  const open = useSignal(startOpen);
  return (
    <section class="detail-part">
      <header>
        <button type="button" class="json-toggle" aria-expanded={open.value} onClick={() => { open.value = !open.value; }}><Icon name={open.value ? 'down' : 'right'} size={12} /><h3>{title}</h3></button>
        {open.value && tools}
      </header>
      {open.value && children}
    </section>
  );
}

/** Hex is that of the message's bytes; of Avro, whose bytes are not sent, there is none. */
function views(datum: Datum): { value: string; label: string }[] {
  return [
    ...(datum.data !== undefined && datum.data !== null && typeof datum.data === 'object' ? [{ value: 'tree', label: 'Fields' }] : []),
    ...(datum.encoding === 'bytes' ? [] : [{ value: 'text', label: datum.encoding === 'string' ? 'Text' : 'JSON' }]),
    ...(datum.encoding === 'avro' && !datum.error ? [] : [{ value: 'hex', label: 'Hex' }]),
  ];
}

function DatumPart({ title, datum }: { title: string; datum: Datum }) {
  const choices = views(datum);
  const view = useSignal(choices[0].value);
  if (datum.encoding === 'null') return <Part title={title}><p><span class="null">NULL</span></p></Part>;
  const hex = () => hexOf(datum.text, datum.encoding === 'bytes');
  return (
    <Part title={<>{title} <Badge>{datum.encoding}</Badge></>} tools={<>
      {choices.length > 1 && <Segments label={`View of the ${title.toLowerCase()}`} value={view.value} choices={choices} onChange={(value) => { view.value = value; }} />}
      <CopyButton text={() => (view.value === 'hex' ? hex() : prettyJson(datum.text))} label={`Copy the ${title.toLowerCase()}`} />
    </>}>
      {datum.error && <p class="field-error" role="alert">{datum.error}</p>}
      {datum.subject && <p class="hint">schema <a href={href(['schemas', datum.subject])}>{datum.subject}</a>, id {datum.schema_id} · {bytes(datum.size)}</p>}
      {view.value === 'tree' ? <div class="json-view"><JsonView value={datum.data} /></div> : <pre tabIndex={0}>{view.value === 'hex' ? hexDump(hex()) : prettyJson(datum.text)}</pre>}
    </Part>
  );
}
