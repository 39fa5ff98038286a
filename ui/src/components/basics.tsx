import type { ButtonHTMLAttributes, ComponentChildren } from 'preact';
import { useSignal } from '@preact/signals';
import type { ApiError } from '../api/client';
import type { Reach } from '../api/types';
import { dateTime, isInstant, zone } from '../format/time';
import { count, exact } from '../format/numbers';
import { Icon, type IconName } from './icons';
import { notify } from './toast';

type ButtonProps = {
  kind?: 'plain' | 'primary' | 'danger' | 'quiet';
  icon?: IconName;
  busy?: boolean;
  /** For buttons that show an icon only. */
  label?: string;
  children?: ComponentChildren;
} & Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'label' | 'icon'>;

export function Button({ kind = 'plain', icon, busy, label, children, disabled, ...rest }: ButtonProps) {
  return (
    <button type="button" class={`button ${kind}${children ? '' : ' only-icon'}`} aria-label={label} title={label} aria-busy={busy} disabled={disabled || busy} {...rest}>
      {icon && <Icon name={icon} />}
      {children && <span>{children}</span>}
    </button>
  );
}

export function LinkButton({ href, kind = 'plain', icon, children }: { href: string; kind?: string; icon?: IconName; children: ComponentChildren }) {
  return <a class={`button ${kind}`} href={href}>{icon && <Icon name={icon} />}<span>{children}</span></a>;
}

export type Tone = 'neutral' | 'good' | 'warn' | 'bad' | 'accent';

export function Badge({ tone = 'neutral', title, children }: { tone?: Tone; title?: string; children: ComponentChildren }) {
  return <span class={`badge ${tone}`} title={title}>{children}</span>;
}

const TONES: Record<string, Tone> = {
  RUNNING: 'good', FINISHED: 'neutral', CREATED: 'warn', RESTARTING: 'warn', FAILING: 'bad', FAILED: 'bad', CANCELED: 'neutral', CANCELLING: 'warn',
  STABLE: 'good', EMPTY: 'neutral', DEAD: 'neutral', PREPARINGREBALANCE: 'warn', COMPLETINGREBALANCE: 'warn',
};

/** A job's, task's or group's state; a job that waits for slots, or for the other side of a source or sink, is called so. */
export function StateBadge({ state, waiting, trouble }: { state: string; waiting?: string; trouble?: string }) {
  const tone = trouble ? 'warn' : TONES[state.toUpperCase()] ?? 'neutral';
  return (
    <span class={`badge ${tone}`} title={waiting || trouble || undefined}>
      <span class="dot" aria-hidden="true" />
      {waiting ? 'waiting' : trouble ? 'no answer' : state.toLowerCase()}
    </span>
  );
}

export function Panel({ title, actions, children, flush }: { title?: ComponentChildren; actions?: ComponentChildren; children: ComponentChildren; flush?: boolean }) {
  return (
    <section class={`panel${flush ? ' flush' : ''}`}>
      {(title || actions) && <header class="panel-head">{title && <h2>{title}</h2>}<div class="actions">{actions}</div></header>}
      <div class="panel-body">{children}</div>
    </section>
  );
}

/** One figure of a page's head. */
export function Figure({ label, value, title, note, tone }: { label: string; value: ComponentChildren; title?: string; note?: ComponentChildren; tone?: Tone }) {
  return (
    <div class="figure" title={title}>
      <dt>{label}</dt>
      <dd class={tone ? `tone-${tone}` : undefined}>{value}{note && <small>{note}</small>}</dd>
    </div>
  );
}

export function Figures({ children }: { children: ComponentChildren }) {
  return <dl class="figures">{children}</dl>;
}

export function Num({ value }: { value: number | null | undefined }) {
  return <span class="num" title={value !== null && value !== undefined && Math.abs(value) >= 1000 ? exact(value) : undefined}>{count(value)}</span>;
}

export function Time({ millis, fraction }: { millis: number | null | undefined; fraction?: boolean }) {
  if (!isInstant(millis)) return <span class="muted">–</span>;
  return <time key={zone.value} dateTime={new Date(millis).toISOString()}>{dateTime(millis, fraction)}</time>;
}

export function KeyValues({ rows }: { rows: [string, ComponentChildren][] }) {
  return <dl class="key-values">{rows.map(([key, value]) => <div key={key}><dt>{key}</dt><dd>{value}</dd></div>)}</dl>;
}

export function Empty({ title, children, icon = 'search' }: { title: string; children?: ComponentChildren; icon?: IconName }) {
  return (
    <div class="state-note">
      <Icon name={icon} size={24} />
      <strong>{title}</strong>
      {children && <p>{children}</p>}
    </div>
  );
}

export function ErrorNote({ error, onRetry }: { error: ApiError | Error; onRetry?: () => void }) {
  const hint = 'hint' in error ? error.hint : '';
  // The place in the SQL, with a mark under it, stands below the first line.
  const [first, ...rest] = error.message.split('\n');
  return (
    <div class="state-note bad" role="alert">
      <Icon name="warn" size={24} />
      <strong>{first}</strong>
      {rest.length > 0 && <pre>{rest.join('\n')}</pre>}
      {hint && <p>{hint}</p>}
      {onRetry && <Button icon="refresh" onClick={onRetry}>Try again</Button>}
    </div>
  );
}

/** A quiet strip above data that could not be renewed. */
export function StaleNote({ error }: { error: ApiError | undefined }) {
  return error ? <p class="stale" role="status"><Icon name="warn" /> {error.message} What you see is from before.</p> : null;
}

/** The same for a list whose service does not answer. */
export function UnreachableNote({ list }: { list: Reach | undefined }) {
  return list?.reachable === false ? <p class="stale" role="status"><Icon name="warn" /> {list.error || 'The service does not answer.'} What you see is what was last known.</p> : null;
}

export function Loading({ lines = 6 }: { lines?: number }) {
  return (
    <div class="skeleton" role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, i) => <span key={i} style={{ width: `${90 - ((i * 37) % 50)}%` }} />)}
    </div>
  );
}

export function CopyButton({ text, label = 'Copy' }: { text: string | (() => string); label?: string }) {
  const done = useSignal(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(typeof text === 'string' ? text : text());
      done.value = true;
      setTimeout(() => { done.value = false; }, 1200);
    } catch {
      notify('The browser did not let this page copy; select the text and press Ctrl-C.', 'bad');
    }
  };
  return <Button kind="quiet" icon={done.value ? 'check' : 'copy'} label={done.value ? 'Copied' : label} onClick={copy} />;
}

/** A ratio as a bar; the text beside it says the same. */
export function Meter({ ratio, tone = 'accent' }: { ratio: number; tone?: Tone }) {
  return <span class={`meter ${tone}`} aria-hidden="true"><span style={{ width: `${Math.min(100, Math.max(0, ratio * 100))}%` }} /></span>;
}
