import { signal, useSignal, type Signal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { useResource } from '../../api/resource';
import { call, url } from '../../api/client';
import type { FormSide } from '../../api/types';
import { Badge, Button, ErrorNote, Loading, Panel } from '../../components/basics';
import { Segments, SelectField, TextField } from '../../components/fields';
import { notify } from '../../components/toast';
import { prettyJson } from '../../format/json';
import { messageHref } from './message_detail';
import { SchemaField } from './form_fields';
import { initialSide, scalarOf, sideToJson, type FormValue } from './form_values';

/** What is typed for a key or a value: by the schema's form, as JSON of the schema, or without one. */
interface Draft {
  mode: 'form' | 'avro-json' | 'json' | 'string' | 'bytes' | 'null';
  form: FormValue;
  text: string;
}

interface Form {
  key: FormSide | null;
  value: FormSide | null;
}

interface Sent {
  schema_id?: number;
  format?: string;
  data?: unknown;
}

export function bodyOf(draft: Draft, side: FormSide | null): Sent {
  switch (draft.mode) {
    case 'form': return { schema_id: side!.schema_id, data: sideToJson(side!, draft.form) };
    case 'avro-json': return { schema_id: side!.schema_id, data: JSON.parse(draft.text) };
    case 'json': return { format: 'json', data: JSON.parse(draft.text) };
    case 'bytes': return { format: 'bytes', data: draft.text.replace(/\s+/g, '') };
    case 'null': return { format: 'null', data: null };
    default: return { format: 'string', data: draft.text };
  }
}

export function Produce({ topic, partitions }: { topic: string; partitions: number }) {
  const form = useResource<Form>(url(['topics', topic, 'form']), { every: 2000 });
  const data = form.data.value;
  if (!data) return form.error.value ? <ErrorNote error={form.error.value} onRetry={form.reload} /> : <Loading />;
  return <ProduceForm topic={topic} partitions={partitions} form={data} />;
}

function startOf(side: FormSide | null, otherwise: Draft['mode']): Draft {
  return side ? { mode: 'form', form: initialSide(side, Date.now()), text: '' } : { mode: otherwise, form: null, text: '' };
}

/** A schema that the server hears of only now brings its form; what is typed of the other side stays. */
function useDraft(side: FormSide | null, otherwise: Draft['mode']): Signal<Draft> {
  return useMemo(() => signal(startOf(side, otherwise)), [side?.schema_id]);
}

function ProduceForm({ topic, partitions, form }: { topic: string; partitions: number; form: Form }) {
  const key = useDraft(form.key, 'null');
  const value = useDraft(form.value, 'json');
  const partition = useSignal('');
  const headers = useSignal<{ name: string; value: string }[]>([]);
  const error = useSignal<Error | undefined>(undefined);
  const busy = useSignal(false);
  const last = useSignal<{ partition: number; offset: number } | undefined>(undefined);

  const send = async () => {
    busy.value = true;
    error.value = undefined;
    try {
      last.value = await call<{ partition: number; offset: number }>('POST', url(['topics', topic, 'messages']), {
        partition: partition.value === '' ? undefined : Number(partition.value),
        key: bodyOf(key.value, form.key),
        value: bodyOf(value.value, form.value),
        headers: headers.value.filter(({ name }) => name),
      });
      notify(`Written to partition ${last.value.partition} at offset ${last.value.offset}.`);
    } catch (failure) {
      error.value = failure as Error;
    }
    busy.value = false;
  };
  const setHeader = (at: number, change: Partial<{ name: string; value: string }>) => { headers.value = headers.value.map((header, i) => (i === at ? { ...header, ...change } : header)); };

  return (
    <form class="produce" onInput={() => { error.value = undefined; }} onSubmit={(e) => { e.preventDefault(); void send(); }}>
      <div class="two-columns">
        <Side title="Value" side={form.value} draft={value} />
        <div>
          <Side title="Key" side={form.key} draft={key} />
          <Panel title="Headers and partition" actions={<Button kind="quiet" icon="plus" onClick={() => { headers.value = [...headers.value, { name: '', value: '' }]; }}>Header</Button>}>
            {headers.value.map((header, i) => (
              <div class="field-row" key={i}>
                <TextField hideLabel label={`Name of header ${i + 1}`} placeholder="name" mono value={header.name} onInput={(name) => setHeader(i, { name })} />
                <TextField hideLabel label={`Value of header ${i + 1}`} placeholder="value" mono value={header.value} onInput={(text) => setHeader(i, { value: text })} />
                <Button kind="quiet" icon="close" label={`Remove header ${i + 1}`} onClick={() => { headers.value = headers.value.filter((_, at) => at !== i); }} />
              </div>
            ))}
            <SelectField label="Partition" value={partition.value} onChange={(next) => { partition.value = next; }} choices={[{ value: '', label: 'By the key' }, ...Array.from({ length: partitions }, (_, i) => ({ value: String(i), label: String(i) }))]} />
          </Panel>
        </div>
      </div>
      <div class="toolbar foot">
        <Button type="submit" kind="primary" icon="play" busy={busy.value}>Produce</Button>
        {error.value && <span class="bad-text" role="alert">{error.value.message}</span>}
        {last.value && <span role="status">Written: <a href={messageHref(topic, last.value)}>partition {last.value.partition}, offset {last.value.offset}</a></span>}
      </div>
    </form>
  );
}

const PLAIN = [{ value: 'json', label: 'JSON' }, { value: 'string', label: 'Text' }, { value: 'bytes', label: 'Hex' }, { value: 'null', label: 'Null' }];

function Side({ title, side, draft }: { title: string; side: FormSide | null; draft: Signal<Draft> }) {
  const { mode, form, text } = draft.value;
  const choose = (next: string) => {
    let start = text;
    if (next === 'avro-json' && side) {
      try {
        start = prettyJson(JSON.stringify(sideToJson(side, form)));
      } catch {
        start = '{}';
      }
    }
    draft.value = { ...draft.value, mode: next as Draft['mode'], text: start };
  };
  const choices = side ? [{ value: 'form', label: 'Form' }, { value: 'avro-json', label: 'JSON' }, { value: 'null', label: 'Null' }] : PLAIN;
  const scalar = side ? scalarOf(side) : undefined;
  return (
    <Panel title={<>{title} {side && <Badge tone="accent" title={`schema id ${side.schema_id}`}>{side.subject}</Badge>}</>} actions={<Segments label={`${title} is given as`} value={mode} choices={choices} onChange={choose} />}>
      {mode === 'null' ? <p class="muted">{title === 'Key' ? 'The message has no key.' : 'The message has no value: a tombstone, which deletes the key in a compacted topic.'}</p>
        : mode === 'form' && scalar ? <SchemaField field={scalar} value={form} onChange={(next) => { draft.value = { ...draft.value, form: next }; }} />
        : mode === 'form' ? side!.fields.map((field) => <SchemaField key={field.name} field={field} value={(form as Record<string, FormValue>)?.[field.name] ?? null} onChange={(next) => { draft.value = { ...draft.value, form: { ...(form as Record<string, FormValue>), [field.name]: next } }; }} />)
        : <TextField hideLabel label={`${title} as ${mode}`} mono rows={mode === 'avro-json' ? 12 : 5} value={text} onInput={(next) => { draft.value = { ...draft.value, text: next }; }} placeholder={mode === 'bytes' ? '48 65 6c 6c 6f' : mode === 'json' ? '{"id": 1}' : ''} />}
    </Panel>
  );
}
