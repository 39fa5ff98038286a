import { useSignal } from '@preact/signals';
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

function Scalar({ value }: { value: unknown }) {
  if (typeof value === 'string') return <span class="tok-string">"{value}"</span>;
  if (value === null || value === undefined) return <span class="tok-keyword">null</span>;
  return <span class="tok-number">{String(value)}</span>;
}
