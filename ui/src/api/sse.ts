import { ApiError, errorOf } from './client';

export interface SseEvent {
  event: string;
  data: string;
  id: string;
}

/** Splits a stream of text/event-stream into events, whatever the cuts between its chunks. */
export class SseParser {
  private rest = '';
  private event = '';
  private data: string[] = [];
  private id = '';

  push(chunk: string): SseEvent[] {
    const events: SseEvent[] = [];
    this.rest += chunk;
    // A trailing \r may be half of \r\n.
    const lines = this.rest.split(/\r\n|\n|\r(?!$)/);
    this.rest = lines.pop()!;
    for (const line of lines) this.line(line, events);
    return events;
  }

  private line(line: string, events: SseEvent[]): void {
    if (line === '') {
      if (this.data.length) events.push({ event: this.event || 'message', data: this.data.join('\n'), id: this.id });
      this.event = '';
      this.data = [];
      return;
    }
    const [, field, value] = /^([^:]*):? ?(.*)$/s.exec(line)!;
    if (field === 'event') this.event = value;
    else if (field === 'data') this.data.push(value);
    else if (field === 'id') this.id = value;
  }
}

export type StreamState = 'connecting' | 'open' | 'waiting' | 'closed';

export interface StreamOptions {
  onEvent: (name: string, data: unknown) => void;
  onState?: (state: StreamState, error?: ApiError) => void;
  /** A POST with this body instead of a GET. */
  body?: unknown;
  /** Whether a stream that ends is opened again; a search is not. */
  reconnect?: boolean;
  fetch?: typeof fetch;
  /** Waits before another try; tests pass their own. */
  delay?: (millis: number, signal: AbortSignal) => Promise<void>;
}

const FIRST_DELAY = 500;
const LAST_DELAY = 10_000;

function sleep(millis: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, millis);
    signal.addEventListener('abort', () => { clearTimeout(timer); resolve(); });
  });
}

/** Opens a stream of events; the answer closes it. Lost connections come back after 0.5 s, 1 s, 2 s .. 10 s. */
export function openEvents(address: string, options: StreamOptions): () => void {
  const abort = new AbortController();
  void run(address, options, abort.signal);
  return () => abort.abort();
}

async function run(address: string, options: StreamOptions, signal: AbortSignal): Promise<void> {
  const { reconnect = true, delay = sleep, onState } = options;
  let wait = FIRST_DELAY;
  while (!signal.aborted) {
    onState?.('connecting');
    let error: ApiError | undefined;
    try {
      await readOnce(address, options, signal, () => { wait = FIRST_DELAY; });
    } catch (failure) {
      if (signal.aborted) break;
      error = failure instanceof ApiError ? failure : new ApiError('The connection was lost.', 0);
    }
    // What the server refuses it will refuse again.
    const refused = error && error.status >= 400 && error.status < 500 && error.status !== 429;
    if (!reconnect || refused || signal.aborted) {
      onState?.('closed', error);
      return;
    }
    onState?.('waiting', error);
    await delay(wait, signal);
    wait = Math.min(wait * 2, LAST_DELAY);
  }
  onState?.('closed');
}

async function readOnce(address: string, options: StreamOptions, signal: AbortSignal, onOpen: () => void): Promise<void> {
  const response = await (options.fetch ?? fetch)(address, {
    method: options.body === undefined ? 'GET' : 'POST',
    headers: options.body === undefined ? { Accept: 'text/event-stream' } : { Accept: 'text/event-stream', 'Content-Type': 'application/json' },
    body: options.body === undefined ? undefined : JSON.stringify(options.body),
    signal,
  });
  if (!response.ok) throw await errorOf(response);
  options.onState?.('open');
  onOpen();
  const parser = new SseParser();
  const decoder = new TextDecoder();
  const reader = response.body!.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done || signal.aborted) return;
    for (const event of parser.push(decoder.decode(value, { stream: true }))) {
      options.onEvent(event.event, event.data ? JSON.parse(event.data) : null);
    }
  }
}
