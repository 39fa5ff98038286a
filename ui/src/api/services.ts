import { signal } from '@preact/signals';
import { ApiError, getJson, url } from './client';
import type { Overview } from './types';

/** Whether jobs are served here; `millrace console` in front of a Kafka cluster has topics, schemas and groups only. */
export const hasJobs = signal(true);
/** In which the server shows TIMESTAMP_LTZ columns, where a session or a job names no other. */
export const serverZone = signal('');

let probe: Promise<void> | undefined;

export function probeJobs(): Promise<void> {
  probe ??= getJson<Overview>(url(['overview'])).then(
    ({ zone }) => { serverZone.value = zone; },
    (failure) => { if ((failure as ApiError).status === 404) hasJobs.value = false; });
  return probe;
}

/** The zone that the settings of a session or a job name, else the server's. */
export function zoneOf(settings: Record<string, string>): string {
  const name = settings['table.local-time-zone'];
  return name && name !== 'default' ? name : serverZone.value;
}
