import { useMemo } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { Empty } from '../../components/basics';
import { Segments, SelectField } from '../../components/fields';
import { Plot } from '../../components/plot';
import { chartData, firstChoice, isNumeric } from '../../sql/chart';
import { clockOf, columnTitle } from '../../format/names';
import { count } from '../../format/numbers';

interface Props {
  columns: { name: string; type: string }[];
  rows: (string | null)[][];
  zone: string;
}

export function ResultChart({ columns, rows, zone }: Props) {
  const first = firstChoice(columns);
  const x = useSignal(first.x);
  const y = useSignal(first.y);
  const by = useSignal(first.by);
  const shape = useSignal('lines');
  const clock = clockOf(columns[x.value].type, zone);
  const data = useMemo(() => chartData(columns, rows, x.value, y.value, by.value, clock), [rows, x.value, y.value, by.value, clock]);
  const all = columns.map(({ name }, i) => ({ value: String(i), label: name }));
  return (
    <div class="chart">
      <div class="toolbar">
        <SelectField label="Across" value={String(x.value)} choices={all} onChange={(value) => { x.value = Number(value); }} />
        <SelectField label="Up" value={String(y.value)} choices={all.filter((_, i) => isNumeric(columns[i].type))} onChange={(value) => { y.value = Number(value); }} />
        <SelectField label="One line for each" value={String(by.value)} choices={[{ value: '-1', label: 'nothing' }, ...all]} onChange={(value) => { by.value = Number(value); }} />
        <Segments label="Shape" value={shape.value} choices={[{ value: 'lines', label: 'Lines' }, { value: 'bars', label: 'Bars' }]} onChange={(value) => { shape.value = value; }} />
      </div>
      {data.x.length === 0 ? <Empty title="No points yet" icon="clock" />
        : <Plot title={`${columns[y.value].name} by ${columnTitle(columns[x.value], zone)}`} times={data.x} lines={data.lines} format={count} height={220} xLabel={data.time ? undefined : columns[x.value].name} xNames={data.names} bars={shape.value === 'bars'} clock={clock} />}
    </div>
  );
}
