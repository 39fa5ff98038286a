import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import UPlot, { type AlignedData, type Options } from 'uplot';
import { dark } from '../theme';
import { offsetsOf, zone, zoneName } from '../format/time';

export interface Line {
  label: string;
  values: (number | null)[];
}

interface Props {
  title: string;
  times: number[];  // epoch millis, or plain numbers when `xLabel` is given
  lines: Line[];
  format: (value: number | null | undefined) => string;
  height?: number;
  xLabel?: string;
  /** Plots of one key show the same instant under the pointer. */
  sync?: string;
  bars?: boolean;
  /** Ticks at powers of two. */
  binary?: boolean;
  /** Names of the places 0, 1, 2 .. on x. */
  xNames?: string[];
  /** The zone whose clock shows the times, instead of the pages'; "" of times without one, which are shown as they are. */
  clock?: string;
}

const POWERS = Array.from({ length: 50 }, (_, i) => 2 ** i);

/** A token's colour in the present theme, for the canvas. */
function color(token: string, alpha = 1): string {
  const probe = document.createElement('i');
  probe.style.color = `var(${token})`;
  document.body.append(probe);
  const [red, green, blue] = getComputedStyle(probe).color.match(/[\d.]+/g) ?? [];
  probe.remove();
  return `rgba(${red}, ${green}, ${blue}, ${alpha})`;
}

/** Of one value alone uPlot would make an axis of years. */
function aroundOne({ data: [times] }: UPlot, min: number, max: number): [number, number] {
  return times.length === 1 ? [times[0] - 60, times[0] + 60] : [min, max];
}

function options({ times, lines, format, height = 160, xLabel, sync, bars, xNames, clock, binary }: Props, width: number): Options {
  const axis = { stroke: color('--text-muted'), grid: { stroke: color('--grid'), width: 1 }, ticks: { show: false }, font: '11px system-ui, sans-serif' };
  const offset = offsetsOf(clock ?? '');
  const shownZone = clock ?? zoneName();
  return {
    width,
    height,
    padding: [8, 8, 0, 0],
    tzDate: clock === undefined && zone.value === 'local' ? (seconds) => new Date(seconds * 1000)
      : (seconds) => UPlot.tzDate(new Date(seconds * 1000 + offset(seconds * 1000)), 'Etc/UTC'),
    // No zoom by dragging: the keyboard has none, and the next sample would end it.
    cursor: { sync: sync ? { key: sync } : undefined, points: { size: 6 }, y: false, drag: { x: false, y: false } },
    scales: { x: { time: !xLabel, range: xLabel ? undefined : aroundOne }, y: { range: (_plot, _min, max) => [Math.min(0, _min ?? 0), max > 0 ? max * 1.1 : 1] } },
    axes: [
      { ...axis, space: 70, size: 38, values: xNames ? (_plot, ticks) => ticks.map((tick) => xNames[tick] ?? '') : xLabel ? undefined : [
        [3600, '{HH}:{mm}', '\n{YYYY}-{MM}-{DD}', null, null, null, null, null, 1],
        [60, '{HH}:{mm}', '\n{YYYY}-{MM}-{DD}', null, null, null, null, null, 1],
        [1, '{HH}:{mm}:{ss}', null, null, null, null, null, null, 1],
      ] },
      { ...axis, size: 64, incrs: binary ? POWERS : undefined, values: (_plot, ticks) => ticks.map((tick) => format(tick)) },
    ],
    series: [
      { label: xLabel ?? (shownZone ? `Time (${shownZone})` : 'Time'), value: xNames ? (_plot, value) => xNames[value] ?? '–' : xLabel ? undefined : '{YYYY}-{MM}-{DD} {HH}:{mm}:{ss}' },
      ...lines.map((line, i) => ({
        label: line.label,
        stroke: color(`--series-${(i % 6) + 1}`),
        fill: lines.length === 1 ? color(`--series-${(i % 6) + 1}`, 0.13) : undefined,
        width: 1.5,
        points: { show: times.length < 60 },
        paths: bars ? UPlot.paths.bars!({ size: [0.7, 60] }) : undefined,
        value: (_plot: UPlot, value: number | null) => format(value),
      })),
    ],
  };
}

function dataOf({ times, lines, xLabel }: Props): AlignedData {
  return [xLabel ? times : times.map((millis) => millis / 1000), ...lines.map(({ values }) => values)] as AlignedData;
}

/** The labels of the legend show and hide their lines: by the pointer as uPlot makes them, by the keyboard as buttons too. */
function pressable(plot: UPlot, legend: HTMLElement): void {
  legend.querySelectorAll<HTMLElement>('th').forEach((head, i) => {
    if (i === 0) return;  // of x
    const label = head.querySelector<HTMLElement>('.u-label')!;
    const tell = () => label.setAttribute('aria-pressed', String(plot.series[i].show));
    label.role = 'button';
    label.tabIndex = 0;
    tell();
    head.addEventListener('click', tell);
    label.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' && event.key !== ' ') return;
      event.preventDefault();
      head.click();
    });
  });
}

/** A line plot over time; what stands in its legend is also its text for screen readers. */
export function Plot(props: Props) {
  const place = useRef<HTMLDivElement>(null);
  const legend = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot | undefined>(undefined);
  const { title, lines, format } = props;
  const labels = lines.map(({ label }) => label).join('\n');

  useLayoutEffect(() => {
    const element = place.current!;
    // An image has nothing to press in it: the legend stands below.
    const made = new UPlot({ ...options(props, element.clientWidth || 300), legend: { mount: (_plot, table) => legend.current!.append(table) } }, dataOf(props), element);
    pressable(made, legend.current!);
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: props.height ?? 160 }));
    observer.observe(element);
    return () => { observer.disconnect(); made.destroy(); };
  }, [labels, dark.value, zone.value, props.bars, props.xLabel, props.clock, props.xNames?.length, props.times.length < 60]);
  useEffect(() => { plot.current?.setData(dataOf(props)); }, [props.times, props.lines]);

  const last = lines.map(({ label, values }) => `${label} ${format(values[values.length - 1])}`).join(', ');
  return (
    <figure class="plot">
      <figcaption><span>{title}</span><span class="plot-last">{last}</span></figcaption>
      <div ref={place} class="plot-canvas" role="img" aria-label={`${title}, latest: ${last}`} />
      <div ref={legend} />
    </figure>
  );
}
