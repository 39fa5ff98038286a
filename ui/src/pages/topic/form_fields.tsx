import { useId } from 'preact/hooks';
import type { FormField } from '../../api/types';
import { Button } from '../../components/basics';
import { dateTime } from '../../format/time';
import { initial, isRecord, isTime, type FormValue } from './form_values';

interface Props {
  field: FormField;
  value: FormValue;
  onChange: (value: FormValue) => void;
}

/** One field of a schema as inputs; a record is a group of them. */
export function SchemaField({ field, value, onChange }: Props) {
  const id = useId();
  if (isRecord(field) && value !== null) {
    const record = value as Record<string, FormValue>;
    return (
      <fieldset class="record">
        <legend>{field.name}<NullSwitch field={field} value={value} onChange={onChange} /></legend>
        {field.fields!.map((inner) => <SchemaField key={inner.name} field={inner} value={record[inner.name] ?? null} onChange={(next) => onChange({ ...record, [inner.name]: next })} />)}
      </fieldset>
    );
  }
  return (
    <div class="field schema-field">
      <label for={id}>{field.name || 'value'} <span class="field-type">{field.logical_type ?? field.type}</span></label>
      <div class="field-row">
        <Input id={id} field={field} value={value} onChange={onChange} />
        <NullSwitch field={field} value={value} onChange={onChange} />
      </div>
      {isTime(field) && value !== null && <p class="hint">{dateTime(Number(value) / (field.logical_type!.endsWith('micros') ? 1000 : 1), true)}</p>}
    </div>
  );
}

function NullSwitch({ field, value, onChange }: Props) {
  if (!field.nullable) return null;
  const set = (isNull: boolean) => onChange(isNull ? null : initial({ ...field, nullable: false }, Date.now()));
  return <label class="check"><input type="checkbox" checked={value === null} aria-label={`${field.name} is null`} onChange={(e) => set(e.currentTarget.checked)} /> null</label>;
}

function Input({ id, field, value, onChange }: Props & { id: string }) {
  const text = value === null ? '' : String(value);
  const disabled = value === null;
  const choices = field.type === 'boolean' ? ['true', 'false'] : field.symbols;
  if (choices?.length) {
    return <select id={id} disabled={disabled} value={text} onChange={(e) => onChange(e.currentTarget.value)}>{choices.map((choice) => <option key={choice} selected={choice === text}>{choice}</option>)}</select>;
  }
  if (field.type === 'array' || field.type === 'map' || field.type === 'union') {
    return <textarea id={id} class="mono" rows={3} disabled={disabled} value={text} spellcheck={false} onInput={(e) => onChange(e.currentTarget.value)} />;
  }
  const number = field.type === 'int' || field.type === 'long' || field.type === 'float' || field.type === 'double';
  return (
    <>
      <input id={id} class="mono" inputMode={number ? 'decimal' : undefined} autocomplete="off" spellcheck={false} disabled={disabled} value={text} placeholder={disabled ? 'null' : field.type === 'bytes' ? 'hex' : ''} onInput={(e) => onChange(e.currentTarget.value)} />
      {isTime(field) && !disabled && <Button kind="quiet" onClick={() => onChange(String(field.logical_type!.endsWith('micros') ? Date.now() * 1000 : Date.now()))}>Now</Button>}
    </>
  );
}
