import type { Checkpoint, Job } from '../../api/types';
import { Badge, CopyButton, Empty, Figure, Figures, Panel } from '../../components/basics';
import { VirtualTable } from '../../components/table';
import { bytes } from '../../format/numbers';
import { clock, dateTime, duration, zoneName } from '../../format/time';
import { route, setQuery } from '../../router';
import { CheckpointDetail } from './checkpoint_detail';

export function JobCheckpoints({ job }: { job: Job }) {
  const pending = job.in_progress;
  const list = [...job.checkpoints, ...(pending?.id ? [pending] : [])].reverse();
  const done = job.checkpoints.filter(({ failure }) => !failure);
  const picked = route.value.query.checkpoint;
  const open = list.find(({ id }) => String(id) === picked);
  const pick = (id?: number) => setQuery({ checkpoint: String(id) === picked ? undefined : id });
  const mean = done.length ? done.reduce((sum, { duration_millis }) => sum + duration_millis, 0) / done.length : null;
  if (job.checkpoint_interval_millis === 0 && list.length === 0) {
    return <Empty title="This job takes no checkpoints" icon="clock">With <code>SET 'execution.checkpointing.interval' = '10s'</code> it does, and goes on after a failure without losing or doubling a row.</Empty>;
  }
  return (
    <>
      <Figures>
        <Figure label="Completed" value={job.checkpoints_completed} />
        <Figure label="Failed" value={job.checkpoints_failed} tone={job.checkpoints_failed ? 'bad' : undefined} />
        <Figure label="Interval" value={job.checkpoint_interval_millis ? duration(job.checkpoint_interval_millis) : 'off'} />
        <Figure label="Mean duration" value={duration(mean)} note={`of the last ${done.length}`} />
        <Figure label="Size" value={bytes(done.at(-1)?.state_bytes)} note="of the last" />
        {job.restored?.id > 0 && <Figure label="Began from" value={`#${job.restored.id}`} note={job.restored.savepoint ? 'savepoint' : undefined} />}
      </Figures>
      {job.checkpoints.length > 0 && <Timeline checkpoints={job.checkpoints} now={job.now_millis} />}
      <Panel title="The last checkpoints" flush>
        <VirtualTable label="Checkpoints" rows={list} rowKey={(checkpoint) => checkpoint.id} maxRows={open ? 8 : 20} selected={open?.id} onSelect={({ id }) => pick(id)} empty={<Empty title="No checkpoint has been taken yet" icon="clock" />} columns={[
          { id: 'id', title: 'Number', min: 72, align: 'right', cell: (checkpoint) => checkpoint.id },
          { id: 'kind', title: 'Kind', min: 110, cell: (checkpoint) => (checkpoint === pending ? <Badge>in progress</Badge> : checkpoint.failure ? <Badge tone="bad">failed</Badge> : checkpoint.savepoint ? <Badge tone="accent">savepoint</Badge> : <Badge tone="good">checkpoint</Badge>) },
          { id: 'trigger', title: 'Started', min: 190, cell: (checkpoint) => dateTime(checkpoint.trigger_millis) },
          { id: 'duration', title: 'Took', min: 80, align: 'right', cell: (checkpoint) => duration(checkpoint === pending ? job.now_millis - checkpoint.trigger_millis : checkpoint.duration_millis) },
          { id: 'state', title: 'Size', min: 90, align: 'right', cell: (checkpoint) => (checkpoint === pending || checkpoint.failure ? '–' : bytes(checkpoint.state_bytes)) },
          { id: 'added', title: 'Added', min: 90, align: 'right', wide: true, cell: (checkpoint) => (checkpoint === pending || checkpoint.failure ? '–' : bytes(checkpoint.added_bytes)) },
          { id: 'path', title: 'Where, or why not', min: 240, grow: 3, wide: true, mono: true, cell: ({ failure, path }) => (failure ? <span class="bad-text" title={failure}>{failure}</span> : path && <><span title={path}>{path}</span> <CopyButton text={path} label="Copy the path" /></>) },
        ]} />
      </Panel>
      {open ? <CheckpointDetail key={open.id} checkpoint={open} pending={open === pending} onClose={() => pick()} /> : list.length > 0 && <p class="hint">Press a checkpoint's number to see what each operator and subtask did for it.</p>}
    </>
  );
}

const WIDTH = 1000;
const HEIGHT = 96;

/** Each checkpoint as a bar from its start, as wide and as high as it took. */
function Timeline({ checkpoints, now }: { checkpoints: Checkpoint[]; now: number }) {
  const from = checkpoints[0].trigger_millis;
  const to = Math.max(now, ...checkpoints.map((checkpoint) => checkpoint.trigger_millis + checkpoint.duration_millis));
  const longest = Math.max(1, ...checkpoints.map(({ duration_millis }) => duration_millis));
  const x = (millis: number) => ((millis - from) / Math.max(1, to - from)) * WIDTH;
  const failed = checkpoints.filter(({ failure }) => failure).length;
  return (
    <figure class="timeline">
      <figcaption>Timeline <span class="muted">height: how long each took, up to {duration(longest)}</span></figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={`${checkpoints.length} checkpoints from ${dateTime(from)} to ${dateTime(to)}, ${failed} failed`}>
        <line x1="0" x2={WIDTH} y1={HEIGHT - 1} y2={HEIGHT - 1} class="timeline-axis" />
        {checkpoints.map((checkpoint) => {
          const height = 8 + (checkpoint.duration_millis / longest) * (HEIGHT - 16);
          const width = Math.max(5, x(checkpoint.trigger_millis + checkpoint.duration_millis) - x(checkpoint.trigger_millis));
          return (
            <rect key={checkpoint.id} x={Math.min(x(checkpoint.trigger_millis), WIDTH - 5)} y={HEIGHT - height} width={width} height={height} class={checkpoint.failure ? 'failed' : checkpoint.savepoint ? 'savepoint' : ''}>
              <title>{`#${checkpoint.id} at ${dateTime(checkpoint.trigger_millis)}: ${checkpoint.failure || `${duration(checkpoint.duration_millis)}, ${bytes(checkpoint.state_bytes)}`}`}</title>
            </rect>
          );
        })}
      </svg>
      <div class="timeline-ends"><span>{clock(from)}</span><span>{zoneName()}</span><span>{clock(to)}</span></div>
    </figure>
  );
}
