import { useSignal } from '@preact/signals';
import { dateTime } from '../format/time';
import { Icon } from './icons';

/** A value as a tree whose inner parts open and close. */
export function JsonView({ value, name, depth = 0 }: { value: unknown; name?: string; depth?: number }) {
  const open = useSignal(depth < 2);
  if (value === null || typeof value !== 'object') return <div class="json-leaf"><Name name={name} /><Scalar value={value} /></div>;
  const entries = Array.isArray(value) ? value.map((item, i) => [String(i), item] as const) : Object.entries(value);
  const brackets = Array.isArray(value) ? '[]' : '{}';
  if (entries.length === 0) return <div class="json-leaf"><Name name={name} /><span class="muted">{brackets}</span></div>;
  return (
    <div class="json-node">
      <button type="button" class="json-toggle" aria-expanded={open.value} onClick={() => { open.value = !open.value; }}>
        <Icon name={open.value ? 'down' : 'right'} size={12} />
        <Name name={name} />
        <span class="muted">{brackets[0]}{entries.length} {Array.isArray(value) ? 'items' : 'fields'}{brackets[1]}</span>
      </button>
      {open.value && <div class="json-children">{entries.slice(0, 500).map(([key, item]) => <JsonView key={key} name={key} value={item} depth={depth + 1} />)}</div>}
    </div>
  );
}

function Name({ name }: { name?: string }) {
  return name === undefined ? null : <span class="json-name">{name}: </span>;
}

/** Whole numbers of the years 2001 to 2096 are shown as times too. */
function isEpochMillis(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1e12 && (value as number) < 4e12;
}

function Scalar({ value }: { value: unknown }) {
  if (typeof value === 'string') return <span class="tok-string">"{value}"</span>;
  if (value === null || value === undefined) return <span class="tok-keyword">null</span>;
  return <><span class="tok-number">{String(value)}</span>{isEpochMillis(value) && <span class="muted"> {dateTime(value, true)}</span>}</>;
}
