import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { Icon } from './icons';

interface FieldProps {
  label: string;
  /** Only screen readers hear the label; the place says it to others. */
  hideLabel?: boolean;
  hint?: ComponentChildren;
  error?: string;
}

export function Field({ label, hideLabel, hint, error, children }: FieldProps & { children: (id: string) => ComponentChildren }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id} class={hideLabel ? 'sr-only' : undefined}>{label}</label>
      {children(id)}
      {error ? <p class="field-error" role="alert">{error}</p> : hint && <p class="hint">{hint}</p>}
    </div>
  );
}

interface TextProps extends FieldProps {
  value: string;
  onInput: (value: string) => void;
  onEnter?: () => void;
  type?: 'text' | 'number';
  placeholder?: string;
  mono?: boolean;
  rows?: number;
  disabled?: boolean;
  width?: number;
}

export function TextField({ value, onInput, onEnter, type = 'text', placeholder, mono, rows, disabled, width, ...field }: TextProps) {
  const shared = { value, placeholder, disabled, spellcheck: false, class: mono ? 'mono' : undefined, style: width ? { width: `${width}px` } : undefined };
  return (
    <Field {...field}>
      {(id) => rows
        ? <textarea id={id} rows={rows} {...shared} onInput={(e) => onInput(e.currentTarget.value)} />
        : <input id={id} type={type as 'text'} autocomplete="off" {...shared} onInput={(e) => onInput(e.currentTarget.value)}
            onKeyDown={(e) => { if (e.key === 'Enter') onEnter?.(); }} />}
    </Field>
  );
}

export function SearchField({ value, onInput, label, width }: { value: string; onInput: (value: string) => void; label: string; width?: number }) {
  const id = useId();
  return (
    <div class="search-field" style={width ? { width: `${width}px` } : undefined}>
      <Icon name="search" />
      <label for={id} class="sr-only">{label}</label>
      <input id={id} type="search" value={value} placeholder={label} autocomplete="off" spellcheck={false} onInput={(e) => onInput(e.currentTarget.value)} />
    </div>
  );
}

export interface Choice {
  value: string;
  label: string;
}

export function SelectField({ value, onChange, choices, ...field }: FieldProps & { value: string; onChange: (value: string) => void; choices: Choice[] }) {
  return (
    <Field {...field}>
      {(id) => (
        <select id={id} value={value} onChange={(e) => onChange(e.currentTarget.value)}>
          {choices.map((choice) => <option key={choice.value} value={choice.value} selected={choice.value === value}>{choice.label}</option>)}
        </select>
      )}
    </Field>
  );
}

/** A few choices side by side, one of them taken. */
export function Segments({ value, onChange, choices, label }: { value: string; onChange: (value: string) => void; choices: Choice[]; label: string }) {
  return (
    <div class="segments" role="group" aria-label={label}>
      {choices.map((choice) => (
        <button key={choice.value} type="button" aria-pressed={choice.value === value} onClick={() => onChange(choice.value)}>{choice.label}</button>
      ))}
    </div>
  );
}

export function Check({ label, checked, onChange }: { label: string; checked: boolean; onChange: (checked: boolean) => void }) {
  return <label class="check"><input type="checkbox" checked={checked} onChange={(e) => onChange(e.currentTarget.checked)} /> {label}</label>;
}
