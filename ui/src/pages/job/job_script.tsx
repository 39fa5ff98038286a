import type { Job } from '../../api/types';
import { Empty, KeyValues, LinkButton, Panel } from '../../components/basics';
import { Code } from '../../components/code';
import { duration } from '../../format/time';
import { href } from '../../router';

export function JobScript({ job, line }: { job: Job; line: number }) {
  if (!job.script) return <Empty title="The job's script is not known" icon="sql" />;
  return (
    <Panel title="SQL script" flush actions={<LinkButton kind="quiet" icon="sql" href={href(['sql'], { text: job.script })}>Open in the workspace</LinkButton>}>
      <Code text={job.script} language="sql" label="the job's script" numbers line={line} />
    </Panel>
  );
}

export function JobConfiguration({ job }: { job: Job }) {
  const settings = Object.entries(job.settings);
  return (
    <>
      <Panel title="Job">
        <KeyValues rows={[
          ['Name', <span class="mono">{job.name}</span>],
          ['Parallelism', job.parallelism],
          ['Execution', job.streaming ? 'streaming' : 'batch'],
          ['Checkpoint interval', job.checkpoint_interval_millis ? duration(job.checkpoint_interval_millis) : 'off'],
        ]} />
      </Panel>
      <Panel title="Settings">
        {settings.length ? <KeyValues rows={settings.map(([key, value]) => [key, <span class="mono">{value}</span>])} /> : <Empty title="Nothing was set for this job" icon="config">It runs on the defaults.</Empty>}
      </Panel>
    </>
  );
}
