import { useResource } from '../../api/resource';
import { url } from '../../api/client';
import type { History, Job } from '../../api/types';
import { Empty, ErrorNote, Loading } from '../../components/basics';
import { Segments } from '../../components/fields';
import { Plot, type Line } from '../../components/plot';
import { bytes, percent, rate } from '../../format/numbers';
import { duration } from '../../format/time';
import { route, setQuery } from '../../router';

const RANGES = [{ value: '15m', label: '15 min' }, { value: '6h', label: '6 h' }];
const MAX_VERTEX_LINES = 6;

export function JobMetrics({ job }: { job: Job }) {
  const range = route.value.query.range === '6h' ? '6h' : '15m';
  const history = useResource<History>(url(['jobs', job.id, 'history'], { range }), { every: range === '6h' ? 10_000 : 2000 });
  const data = history.data.value;
  return (
    <>
      <div class="toolbar">
        <Segments label="Range" value={range} choices={RANGES} onChange={(value) => setQuery({ range: value === '15m' ? undefined : value })} />
        <span class="muted">{data && `one value every ${duration(data.step_millis)}, kept by the server`}</span>
      </div>
      {!data ? (history.error.value ? <ErrorNote error={history.error.value} onRetry={history.reload} /> : <Loading />)
        : data.times.length === 0 ? <Empty title="No samples yet" icon="clock">The server takes one every second.</Empty>
        : <Plots job={job} history={data} />}
    </>
  );
}

function Plots({ job, history }: { job: Job; history: History }) {
  const pick = (...names: [string, string][]): Line[] => names.filter(([name]) => history.series[name]).map(([name, label]) => ({ label, values: history.series[name] }));
  const vertices = job.vertices.slice(0, MAX_VERTEX_LINES).map((vertex): [string, string] => [`vertex.${vertex.id}.busy_ratio`, vertex.operators[0]?.name ?? vertex.name]);
  const plots = [
    { title: 'Records', format: rate, lines: pick(['records_in_rate', 'in'], ['records_out_rate', 'out']) },
    { title: 'Watermark delay', format: duration, lines: pick(['watermark_delay_millis', 'behind']) },
    { title: 'Busy and back-pressured', format: percent, lines: pick(['busy_ratio', 'busy'], ['backpressured_ratio', 'back-pressured']) },
    { title: 'State', format: bytes, binary: true, lines: pick(['state_bytes', 'size']) },
    { title: 'Late rows', format: rate, lines: pick(['late_rows_rate', 'late']) },
    { title: 'Checkpoint duration', format: duration, lines: pick(['checkpoint_duration_millis', 'took']) },
    { title: 'Busy by vertex', format: percent, lines: pick(...vertices) },
  ].filter(({ lines }) => lines.length > 0);
  return <div class="plots">{plots.map((plot) => <Plot key={plot.title} {...plot} times={history.times} sync="job" />)}</div>;
}
