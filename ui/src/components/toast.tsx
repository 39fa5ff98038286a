import { signal } from '@preact/signals';

interface Toast {
  id: number;
  text: string;
  tone: 'good' | 'bad';
}

const toasts = signal<Toast[]>([]);
let lastId = 0;

/** A short word at the bottom of the page, read out by screen readers. */
export function notify(text: string, tone: Toast['tone'] = 'good'): void {
  const toast = { id: ++lastId, text, tone };
  toasts.value = [...toasts.value.slice(-2), toast];
  setTimeout(() => { toasts.value = toasts.value.filter(({ id }) => id !== toast.id); }, tone === 'bad' ? 9000 : 4500);
}

export function notifyError(failure: unknown): void {
  const { message, hint } = failure as { message: string; hint?: string };
  notify(hint ? `${message} ${hint}` : message, 'bad');
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map(({ id, text, tone }) => <div key={id} class={`toast ${tone}`}>{text}</div>)}
    </div>
  );
}
