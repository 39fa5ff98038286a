import { url } from '../../api/client';
import type { Job } from '../../api/types';
import { Empty } from '../../components/basics';
import { LogView } from '../../components/log_view';

/** A task manager has one log for all its jobs, so lines of others stand in it too. */
export function JobLog({ job }: { job: Job }) {
  if (job.task_manager) return <LogView address={url(['task-managers', job.task_manager, 'log'])} label="log" />;
  return (
    <Empty title="No task manager runs this job" icon="machines">
      {job.waiting_for ? `It waits for ${job.waiting_for}.` : <>What this process says stands in <a href="#/configuration/log">its own log</a>.</>}
    </Empty>
  );
}
