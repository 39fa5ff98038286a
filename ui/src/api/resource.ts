import { useEffect, useRef } from 'preact/hooks';
import { useSignal, type Signal } from '@preact/signals';
import { ApiError, getJson, getText } from './client';
import { openEvents, type StreamState } from './sse';

export interface Resource<T> {
  data: Signal<T | undefined>;
  error: Signal<ApiError | undefined>;
  loading: Signal<boolean>;
  reload: () => void;
}

interface Options {
  /** Millis between looks; 0 = once. Hidden pages do not look. */
  every?: number;
  text?: boolean;
}

/** Data of one address, kept fresh while the component is there. Old data stays while newer is on its way or fails. */
export function useResource<T>(address: string | undefined, { every = 0, text = false }: Options = {}): Resource<T> {
  const data = useSignal<T | undefined>(undefined);
  const error = useSignal<ApiError | undefined>(undefined);
  const loading = useSignal(address !== undefined);
  const reload = useRef(() => {});
  const shown = useRef<string | undefined>(undefined);

  useEffect(() => {
    if (address === undefined) return undefined;
    if (shown.current !== address) data.value = undefined;
    shown.current = address;
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let failures = 0;
    const look = async () => {
      clearTimeout(timer);
      loading.value = data.value === undefined;
      const started = performance.now();
      let took = 0;
      try {
        const next = await (text ? getText(address, abort.signal) : getJson<T>(address, abort.signal));
        if (abort.signal.aborted) return;
        took = Math.min(performance.now() - started, 1000);
        data.value = next as T;
        error.value = undefined;
        failures = 0;
      } catch (failure) {
        if (abort.signal.aborted) return;
        error.value = failure instanceof ApiError ? failure : new ApiError(String(failure), 0);
        failures++;
      }
      loading.value = false;
      // Long lists are looked at less often: an answer may take a tenth of the time at most.
      const pause = failures ? Math.max(every, Math.min(1000 * 2 ** failures, 15_000)) : Math.max(every, took * 9);
      if (every || error.value?.status === 0) timer = setTimeout(whenVisible, pause);
    };
    const whenVisible = () => {
      if (!document.hidden) void look();
      else document.addEventListener('visibilitychange', whenVisible, { once: true });
    };
    reload.current = () => void look();
    void look();
    return () => {
      abort.abort();
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', whenVisible);
    };
  }, [address, every, text]);

  return { data, error, loading, reload: () => reload.current() };
}

/**
 * Events of a stream while the component is there. A browser has six connections to a server for all its tabs, so hidden
 * pages give theirs back unless they would miss something.
 */
export function useEvents(address: string | undefined, onEvent: (name: string, data: unknown) => void, whileHidden = false): Signal<StreamState> {
  const state = useSignal<StreamState>('connecting');
  const handler = useRef(onEvent);
  handler.current = onEvent;
  useEffect(() => {
    if (address === undefined) return undefined;
    let close: (() => void) | undefined;
    const follow = () => {
      const wanted = whileHidden || !document.hidden;
      if (wanted && !close) {
        close = openEvents(address, {
          onEvent: (name, data) => handler.current(name, data),
          onState: (next) => { state.value = next; },
        });
      } else if (!wanted) {
        close?.();
        close = undefined;
      }
    };
    follow();
    document.addEventListener('visibilitychange', follow);
    return () => {
      document.removeEventListener('visibilitychange', follow);
      close?.();
    };
  }, [address]);
  return state;
}
