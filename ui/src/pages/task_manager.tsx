import { useResource } from '../api/resource';
import { url } from '../api/client';
import type { TaskManager } from '../api/types';
import { Figure, Figures, Meter } from '../components/basics';
import { LogView } from '../components/log_view';
import { PageHeader } from '../components/page';
import { Tabs } from '../components/tabs';
import { bytes } from '../format/numbers';
import { ago, dateTime } from '../format/time';
import { href } from '../router';
import { managersOf } from './overview';

const TABS = [
  { id: 'log', label: 'Log', name: 'log' },
  { id: 'stdout', label: 'Standard output', name: 'standard output' },
  { id: 'thread-dump', label: 'Thread dump', name: 'thread dump' },
  { id: 'metrics', label: 'Metrics', name: 'metrics' },
];

export function TaskManagerPage({ id, tab }: { id: string; tab: string }) {
  const managers = useResource<{ task_managers: TaskManager[] }>(url(['task-managers']), { every: 2000 });
  const manager = managersOf(managers.data.value).find((candidate) => (candidate.id || 'local') === id);
  const shown = TABS.find((candidate) => candidate.id === tab) ?? TABS[0];
  return (
    <div class="page fill">
      <PageHeader title={<span class="mono">{id}</span>} plain={id} crumbs={[{ label: 'Task managers', href: '#/task-managers' }]} />
      {manager && (
        <Figures>
          <Figure label="Slots in use" value={<>{manager.slots - manager.free_slots} <span class="muted">of {manager.slots}</span></>} note={<Meter ratio={manager.slots ? 1 - manager.free_slots / manager.slots : 0} />} />
          <Figure label="Memory" value={bytes(manager.resident_memory)} note={`of ${bytes(manager.physical_memory)}`} />
          <Figure label="Disk free" value={bytes(manager.disk_free)} title={manager.data_directory} />
          <Figure label="Cores" value={manager.cpu_cores} />
          <Figure label="Process" value={manager.process_id} title={manager.address} />
          <Figure label="Started" value={ago(manager.start_millis, Date.now())} title={dateTime(manager.start_millis)} />
        </Figures>
      )}
      {manager && manager.jobs?.length > 0 && <p class="subline">Jobs: {manager.jobs.map((job) => <a key={job} class="mono" href={href(['jobs', job])}>{job.slice(0, 8)}</a>)}</p>}
      <Tabs label="Parts of the task manager" current={shown.id} tabs={TABS.map((entry) => ({ ...entry, href: href(['task-managers', id, entry.id]) }))} />
      <LogView address={url(['task-managers', id, shown.id])} label={shown.name} />
    </div>
  );
}
