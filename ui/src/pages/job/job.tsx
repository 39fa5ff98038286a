import { useSignal } from '@preact/signals';
import { useEvents, useResource } from '../../api/resource';
import { call, url } from '../../api/client';
import type { Job } from '../../api/types';
import { Button, CopyButton, ErrorNote, Figure, Figures, Loading, StateBadge } from '../../components/basics';
import { confirm } from '../../components/dialog';
import { PageHeader } from '../../components/page';
import { useActions, type Action } from '../../components/palette';
import { Tabs } from '../../components/tabs';
import { notify, notifyError } from '../../components/toast';
import { shortName } from '../../format/names';
import { bytes, count, exact, rate } from '../../format/numbers';
import { ago, dateTime, duration, watermark } from '../../format/time';
import { href, route } from '../../router';
import { isEnded, lifetime } from '../job_columns';
import { JobGraph } from './job_graph';
import { JobCheckpoints } from './job_checkpoints';
import { JobExceptions } from './job_exceptions';
import { JobLog } from './job_log';
import { JobMetrics } from './job_metrics';
import { JobSubtasks } from './job_subtasks';
import { JobConfiguration, JobScript } from './job_script';
import { StopDialog } from './stop_dialog';
import { totals } from './totals';

/** A job as the live stream shows it; an ended one does not change any more. */
function useJob(id: string) {
  const first = useResource<Job>(url(['jobs', id]));
  const latest = useSignal<Job | undefined>(undefined);
  const job = latest.value ?? first.data.value;
  const stream = useEvents(job && isEnded(job) ? undefined : url(['jobs', id, 'live']), (name, data) => { if (name === 'report') latest.value = data as Job; });
  return { job, error: first.error.value, reload: first.reload, stream: stream.value };
}

export function JobPage({ id, tab }: { id: string; tab: string }) {
  const { job, error, reload, stream } = useJob(id);
  const stopping = useSignal<'stop' | 'savepoint' | undefined>(undefined);

  const cancel = async () => {
    const yes = await confirm({ title: 'Cancel this job?', action: 'Cancel the job', danger: true,
      text: <p>It stops at once, without a savepoint. To go on later from where it is, stop it with a savepoint instead.</p> });
    if (!yes) return;
    await call('POST', url(['jobs', id, 'cancel'])).then(() => notify('The job is being canceled.'), notifyError);
    reload();
  };
  const running = job !== undefined && !isEnded(job);
  const actions: Action[] = running ? [
    { kind: 'Action', icon: 'stop', label: 'Stop this job with a savepoint', run: () => { stopping.value = 'stop'; } },
    { kind: 'Action', icon: 'copy', label: 'Take a savepoint of this job', run: () => { stopping.value = 'savepoint'; } },
    { kind: 'Action', icon: 'close', label: 'Cancel this job', run: () => void cancel() },
  ] : [];
  useActions(actions, [id, running]);

  if (!job) return <div class="page"><PageHeader title="Job" crumbs={[{ label: 'Jobs', href: '#/jobs' }]} />{error ? <ErrorNote error={error} onRetry={reload} /> : <Loading lines={10} />}</div>;

  const tabs = [
    { id: 'graph', label: 'Graph' },
    { id: 'metrics', label: 'Metrics' },
    { id: 'checkpoints', label: 'Checkpoints', note: job.checkpoints_completed || undefined },
    { id: 'exceptions', label: 'Exceptions', note: job.failures.length || undefined },
    { id: 'subtasks', label: 'Subtasks' },
    { id: 'log', label: 'Log' },
    { id: 'sql', label: 'SQL script' },
    { id: 'configuration', label: 'Configuration' },
  ].map((entry) => ({ ...entry, href: href(['jobs', id, entry.id]) }));

  return (
    <div class={`page${tab === 'log' ? ' fill' : ''}`}>
      <PageHeader title={shortName(job.name)} crumbs={[{ label: 'Jobs', href: '#/jobs' }]}
        badge={<><StateBadge state={job.state} waiting={job.waiting_for} />{running && stream === 'waiting' && <StateBadge state="reconnecting" />}</>}
        actions={running && <>
          <Button onClick={() => { stopping.value = 'savepoint'; }}>Savepoint</Button>
          <Button icon="stop" onClick={() => { stopping.value = 'stop'; }}>Stop with savepoint</Button>
          <Button kind="danger" onClick={cancel}>Cancel</Button>
        </>} />
      <p class="subline"><span class="mono">{job.id}</span><CopyButton text={job.id} label="Copy the job's id" />
        {job.task_manager && <span>on <a class="mono" href={href(['task-managers', job.task_manager])}>{job.task_manager}</a></span>}
        <span>parallelism {job.parallelism}</span>
        <span>{job.streaming ? 'streaming' : 'batch'}{job.query ? ' query' : ''}</span></p>
      {job.waiting_for && <p class="stale warn" role="status">This job waits for {job.waiting_for}.</p>}
      {job.trouble && <p class="stale warn" role="status">No answer for {duration(job.now_millis - job.trouble_millis)}. {job.trouble}</p>}
      <Head job={job} />
      <Tabs label="Parts of the job" tabs={tabs} current={tab} />
      <Body job={job} tab={tab} />
      {stopping.value && <StopDialog id={id} what={stopping.value} onClose={() => { stopping.value = undefined; reload(); }} />}
    </div>
  );
}

function Head({ job }: { job: Job }) {
  const sum = totals(job);
  const last = job.checkpoints.filter(({ failure }) => !failure).at(-1);
  return (
    <Figures>
      <Figure label="Records in" value={isEnded(job) ? count(sum.recordsIn) : rate(sum.recordsInRate)} title={`${exact(sum.recordsIn)} in all`} note={!isEnded(job) && `${count(sum.recordsIn)} in all`} />
      <Figure label="Records out" value={isEnded(job) ? count(sum.recordsOut) : rate(sum.recordsOutRate)} title={`${exact(sum.recordsOut)} in all`} note={!isEnded(job) && `${count(sum.recordsOut)} in all`} />
      <Figure label="Watermark" value={sum.delay === null ? watermark(sum.watermark) : `${duration(sum.delay)} behind`} title={watermark(sum.watermark)} />
      <Figure label="Late rows" value={count(sum.lateRows)} tone={sum.lateRows ? 'warn' : undefined} />
      <Figure label="State" value={bytes(sum.stateBytes)} />
      <Figure label="Last checkpoint" value={last ? ago(last.trigger_millis + last.duration_millis, job.now_millis) : job.checkpoint_interval_millis ? 'none yet' : 'off'} title={last ? `#${last.id} at ${dateTime(last.trigger_millis)}` : undefined}
        note={job.checkpoints_failed > 0 && `${job.checkpoints_failed} failed`} />
      <Figure label={isEnded(job) ? 'Ran for' : 'Running for'} value={duration(lifetime(job))} title={`since ${dateTime(job.start_millis)}`} note={job.restarts > 0 && `${job.restarts} ${job.restarts === 1 ? 'restart' : 'restarts'}`} />
    </Figures>
  );
}

function Body({ job, tab }: { job: Job; tab: string }) {
  const { query } = route.value;
  switch (tab) {
    case 'metrics': return <JobMetrics job={job} />;
    case 'checkpoints': return <JobCheckpoints job={job} />;
    case 'exceptions': return <JobExceptions job={job} />;
    case 'subtasks': return <JobSubtasks job={job} />;
    case 'log': return <JobLog job={job} />;
    case 'sql': return <JobScript job={job} line={Number(query.line) || 0} />;
    case 'configuration': return <JobConfiguration job={job} />;
    default: return <JobGraph job={job} />;
  }
}
