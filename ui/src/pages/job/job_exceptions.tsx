import type { Failure, Job } from '../../api/types';
import { Badge, Empty, Panel, Time } from '../../components/basics';
import { Code } from '../../components/code';
import { href } from '../../router';

export function JobExceptions({ job }: { job: Job }) {
  if (job.failures.length === 0) return <Empty title="Nothing has gone wrong" icon="check">Failures of this job would stand here, with the line of the script they come from.</Empty>;
  return <>{[...job.failures].reverse().map((failure, i) => <FailurePanel key={`${failure.time_millis}-${i}`} job={job} failure={failure} />)}</>;
}

function FailurePanel({ job, failure }: { job: Job; failure: Failure }) {
  return (
    <Panel title={<Time millis={failure.time_millis} fraction />} actions={<>{failure.code && <Badge tone="bad">{failure.code}</Badge>}{failure.task && <span class="mono muted">{failure.task}</span>}</>}>
      <p class="failure-message">{failure.message}</p>
      {failure.line > 0 && (
        <>
          <p class="hint">From <a href={href(['jobs', job.id, 'sql'], { line: failure.line })}>line {failure.line} of the script</a>:</p>
          <Code text={job.script} language="sql" label="the lines round the failure" line={failure.line} around={3} numbers note={failure.message.length < 90 ? failure.message : undefined} />
        </>
      )}
      {failure.text.trim() !== failure.message.trim() && <details><summary>All of it</summary><Code text={failure.text} label="the failure's text" maxHeight={360} /></details>}
    </Panel>
  );
}
