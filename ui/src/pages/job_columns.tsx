import type { JobSummary } from '../api/types';
import { Num, StateBadge, Time } from '../components/basics';
import type { TableColumn } from '../components/table';
import { shortName } from '../format/names';
import { rate } from '../format/numbers';
import { duration, isInstant } from '../format/time';

export function isEnded(job: { state: string }): boolean {
  return job.state === 'FINISHED' || job.state === 'FAILED' || job.state === 'CANCELED';
}

export function lifetime(job: { start_millis: number; end_millis: number; now_millis: number }): number {
  return (isInstant(job.end_millis) ? job.end_millis : job.now_millis || Date.now()) - job.start_millis;
}

/** Columns of lists of jobs: live ones have rates and delays, ended ones an end. */
export function jobColumns(live: boolean): TableColumn<JobSummary>[] {
  const delay = (job: JobSummary) => (job.watermark_delay_millis === null || job.watermark_delay_millis === undefined ? null : job.watermark_delay_millis);
  return [
    { id: 'name', title: 'Job', min: 150, grow: 4, sort: (job) => job.name, cell: (job) => <span title={job.name}>{shortName(job.name)}</span> },
    { id: 'state', title: 'State', min: 104, sort: (job) => job.state, cell: (job) => <StateBadge state={job.state} waiting={job.waiting_for} trouble={job.trouble} /> },
    ...(live ? [
      { id: 'in', title: 'In', min: 80, align: 'right', sort: (job) => job.records_in_rate, cell: (job) => rate(job.records_in_rate) },
      { id: 'out', title: 'Out', min: 80, align: 'right', wide: true, sort: (job) => job.records_out_rate, cell: (job) => rate(job.records_out_rate) },
      { id: 'delay', title: 'Watermark delay', min: 120, align: 'right', wide: true, sort: delay, cell: (job) => duration(delay(job)) },
      { id: 'late', title: 'Late rows', min: 80, align: 'right', wide: true, sort: (job) => job.late_rows, cell: (job) => <Num value={job.late_rows} /> },
      { id: 'restarts', title: 'Restarts', min: 76, align: 'right', wide: true, sort: (job) => job.restarts, cell: (job) => job.restarts },
    ] satisfies TableColumn<JobSummary>[] : [
      { id: 'records', title: 'Records in', min: 96, align: 'right', sort: (job) => job.records_in, cell: (job) => <Num value={job.records_in} /> },
      { id: 'end', title: 'Ended', min: 190, wide: true, align: 'right', sort: (job) => job.end_millis, cell: (job) => <Time millis={job.end_millis} /> },
    ] satisfies TableColumn<JobSummary>[]),
    { id: 'duration', title: live ? 'Running for' : 'Ran for', min: 100, align: 'right', wide: true, sort: lifetime, cell: (job) => duration(lifetime(job)) },
  ];
}
