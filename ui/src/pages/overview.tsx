import { useResource } from '../api/resource';
import { url } from '../api/client';
import type { JobSummary, Overview as OverviewData, TaskManager } from '../api/types';
import { Empty, ErrorNote, Figure, Figures, LinkButton, Loading, Panel, StaleNote, Meter } from '../components/basics';
import { PageHeader } from '../components/page';
import { VirtualTable } from '../components/table';
import { jobColumns, isEnded } from './job_columns';
import { href } from '../router';
import { bytes, rate } from '../format/numbers';
import { ago, dateTime, duration } from '../format/time';

const ENDED_SHOWN = 20;

export function Overview() {
  const overview = useResource<OverviewData>(url(['overview']), { every: 1000 });
  const jobs = useResource<{ jobs: JobSummary[] }>(url(['jobs']), { every: 1000 });
  const managers = useResource<{ task_managers: TaskManager[] } | TaskManager[]>(url(['task-managers']), { every: 2000 });
  const data = overview.data.value;
  const list = jobs.data.value?.jobs ?? [];
  const live = list.filter((job) => !isEnded(job));
  const ended = list.filter(isEnded).sort((a, b) => b.end_millis - a.end_millis);
  const sum = (pick: (job: JobSummary) => number) => live.reduce((total, job) => total + (pick(job) ?? 0), 0);
  const now = live[0]?.now_millis ?? Date.now();

  return (
    <div class="page">
      <PageHeader title="Overview" actions={<LinkButton href="#/sql" icon="sql" kind="primary">Write SQL</LinkButton>} />
      <StaleNote error={data ? overview.error.value : undefined} />
      {overview.error.value && !data ? <ErrorNote error={overview.error.value} onRetry={overview.reload} /> : !data ? <Loading lines={2} /> : (
        <Figures>
          <Figure label="Slots in use" value={<>{data.slots - data.free_slots} <span class="muted">of {data.slots}</span></>} note={<Meter ratio={data.slots ? 1 - data.free_slots / data.slots : 0} />} />
          <Figure label="Task managers" value={data.task_managers} tone={data.task_managers === 0 ? 'bad' : undefined} />
          <Figure label="Running jobs" value={data.jobs.running} note={notes([[data.jobs.restarting, 'restarting'], [data.jobs.waiting, 'waiting'], [live.filter((job) => job.trouble).length, 'without an answer']])} />
          <Figure label="Ended jobs" value={data.jobs.finished + data.jobs.canceled + data.jobs.failed} note={data.jobs.failed > 0 && <span class="bad-text">{data.jobs.failed} failed</span>} />
          <Figure label="Records in" value={rate(sum((job) => job.records_in_rate))} />
          <Figure label="Records out" value={rate(sum((job) => job.records_out_rate))} />
          <Figure label="Up for" value={duration(Math.max(0, now - data.start_millis))} title={`since ${dateTime(data.start_millis)}`} />
        </Figures>
      )}

      <Panel title="Running jobs" flush actions={<a href="#/jobs">All jobs</a>}>
        {jobs.error.value && !jobs.data.value ? <ErrorNote error={jobs.error.value} onRetry={jobs.reload} /> : jobs.loading.value ? <Loading /> : (
          <VirtualTable label="Running jobs" columns={jobColumns(true)} rows={live} rowKey={(job) => job.id} rowHref={(job) => href(['jobs', job.id])} maxRows={12}
            empty={<Empty title="No job is running" icon="jobs">Start one in the <a href="#/sql">SQL workspace</a> or with <code>millrace sql -f script.sql</code>.</Empty>} />
        )}
      </Panel>

      {ended.length > 0 && (
        <Panel title="Ended jobs" flush actions={ended.length > ENDED_SHOWN && <a href="#/jobs?state=ended">All {ended.length}</a>}>
          <VirtualTable label="Ended jobs" columns={jobColumns(false)} rows={ended.slice(0, ENDED_SHOWN)} rowKey={(job) => job.id} rowHref={(job) => href(['jobs', job.id])} maxRows={8} />
        </Panel>
      )}

      <Panel title="Task managers" flush>
        <ManagerTable managers={managersOf(managers.data.value)} now={now} />
      </Panel>
    </div>
  );
}

export function managersOf(answer: { task_managers: TaskManager[] } | TaskManager[] | undefined): TaskManager[] {
  return answer === undefined ? [] : Array.isArray(answer) ? answer : answer.task_managers;
}

export function ManagerTable({ managers, now }: { managers: TaskManager[]; now: number }) {
  return (
    <VirtualTable label="Task managers" rows={managers} rowKey={(manager) => manager.id} rowHref={(manager) => href(['task-managers', manager.id || 'local'])} maxRows={20}
      empty={<Empty title="No task manager has registered" icon="machines">Jobs wait until one does: start <code>millrace taskmanager</code> with this job manager's address.</Empty>}
      columns={[
        { id: 'id', title: 'Task manager', min: 140, grow: 3, mono: true, cell: (manager) => manager.id || 'this process' },
        { id: 'slots', title: 'Slots in use', min: 96, align: 'right', cell: (manager) => `${manager.slots - manager.free_slots} of ${manager.slots}` },
        { id: 'jobs', title: 'Jobs', min: 60, align: 'right', wide: true, cell: (manager) => manager.jobs?.length ?? 0 },
        { id: 'cores', title: 'Cores', min: 60, align: 'right', wide: true, cell: (manager) => manager.cpu_cores },
        { id: 'memory', title: 'Memory', min: 150, align: 'right', wide: true, cell: (manager) => memoryText(manager) },
        { id: 'beat', title: 'Last heartbeat', min: 110, align: 'right', cell: (manager) => ago(manager.last_heartbeat_millis, Math.max(now, manager.last_heartbeat_millis)) },
      ]} />
  );
}


function memoryText(manager: TaskManager): string {
  return `${bytes(manager.resident_memory)} of ${bytes(manager.physical_memory)}`;
}

function notes(pairs: [number, string][]): string | undefined {
  return pairs.filter(([n]) => n > 0).map(([n, word]) => `${n} ${word}`).join(', ') || undefined;
}
