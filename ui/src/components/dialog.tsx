import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { signal, useSignal } from '@preact/signals';
import { Button } from './basics';
import { TextField } from './fields';

interface DialogProps {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  footer?: ComponentChildren;
  wide?: boolean;
}

/** A modal dialog; Escape and the cross close it, focus goes back to where it was. */
export function Dialog({ title, onClose, children, footer, wide }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const dialog = element.current!;
    const before = document.activeElement as HTMLElement | null;
    dialog.showModal();
    return () => before?.focus?.();
  }, []);
  return (
    <dialog ref={element} class={wide ? 'wide' : undefined} aria-labelledby={id} onCancel={(e) => { e.preventDefault(); onClose(); }}
      onClick={(e) => { if (e.target === element.current) onClose(); }}>
      <div class="dialog-box">
        <header><h2 id={id}>{title}</h2><Button kind="quiet" icon="close" label="Close" onClick={onClose} /></header>
        <div class="dialog-body">{children}</div>
        {footer && <footer>{footer}</footer>}
      </div>
    </dialog>
  );
}

interface Question {
  title: string;
  text: ComponentChildren;
  action: string;
  danger?: boolean;
  /** What has to be typed before the action is possible. */
  typed?: string;
  resolve: (yes: boolean) => void;
}

const question = signal<Question | undefined>(undefined);

/** Asks before something that cannot be taken back. */
export function confirm(options: Omit<Question, 'resolve'>): Promise<boolean> {
  return new Promise((resolve) => { question.value = { ...options, resolve }; });
}

export function ConfirmDialog() {
  const asked = question.value;
  return asked ? <Asked key={asked.title} asked={asked} /> : null;
}

function Asked({ asked }: { asked: Question }) {
  const typed = useSignal('');
  const answer = (yes: boolean) => {
    question.value = undefined;
    asked.resolve(yes);
  };
  return (
    <Dialog title={asked.title} onClose={() => answer(false)} footer={<>
      <Button onClick={() => answer(false)}>Keep as it is</Button>
      <Button kind={asked.danger ? 'danger' : 'primary'} disabled={asked.typed !== undefined && typed.value !== asked.typed} onClick={() => answer(true)}>{asked.action}</Button>
    </>}>
      <div class="prose">{asked.text}</div>
      {asked.typed !== undefined && <TextField label={`Type ${asked.typed} to go on`} value={typed.value} onInput={(value) => { typed.value = value; }} mono />}
    </Dialog>
  );
}
