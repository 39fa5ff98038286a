import { signal } from '@preact/signals';
import { ApiError, getJson, url } from './client';

/** Whether jobs are served here; `millrace console` in front of a Kafka cluster has topics, schemas and groups only. */
export const hasJobs = signal(true);

let probe: Promise<void> | undefined;

export function probeJobs(): Promise<void> {
  probe ??= getJson(url(['overview'])).then(
    () => undefined,
    (failure) => { if ((failure as ApiError).status === 404) hasJobs.value = false; });
  return probe;
}
