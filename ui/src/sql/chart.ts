import { offsetsOf } from '../format/time';

export interface ChartColumn {
  name: string;
  type: string;
}

export interface ChartData {
  x: number[];
  /** Names of the places on x when it is no number or time. */
  names?: string[];
  time: boolean;
  lines: { label: string; values: (number | null)[] }[];
}

const MAX_POINTS = 5000;
const MAX_LINES = 6;

export function isNumeric(type: string): boolean {
  return /^(TINYINT|SMALLINT|INT|BIGINT|FLOAT|DOUBLE|DECIMAL)/.test(type);
}

export function isTemporal(type: string): boolean {
  return /^(TIMESTAMP|DATE)/.test(type);
}

/** A good first choice: time (or the first column) across, the last number up, a text column as lines. */
export function firstChoice(columns: ChartColumn[]): { x: number; y: number; by: number } {
  const x = Math.max(0, columns.findIndex(({ type }) => isTemporal(type)));
  const y = columns.reduce((found, { type }, i) => (isNumeric(type) && i !== x ? i : found), -1);
  const by = columns.findIndex(({ type }, i) => i !== x && i !== y && /^(STRING|VARCHAR|CHAR)/.test(type));
  return { x, y, by: isTemporal(columns[x]?.type ?? '') ? by : -1 };
}

/** An hour that the clock shows twice is taken for one of the two: the text does not tell them apart. */
function instant(text: string, offset: (millis: number) => number): number {
  const shown = Date.parse(text.trim().replace(' ', 'T').replace(/Z?$/, 'Z').replace(/(\.\d{3})\d+/, '$1'));
  return Number.isNaN(shown) ? shown : shown - offset(shown - offset(shown));
}

/** The last rows as points: `by` >= 0 makes one line of each of its values; times on x are on the clock of the zone `clock`. */
export function chartData(columns: ChartColumn[], rows: (string | null)[][], x: number, y: number, by: number, clock = ''): ChartData {
  const part = rows.slice(-MAX_POINTS);
  const time = isTemporal(columns[x].type);
  const named = !time && !isNumeric(columns[x].type);
  const offset = offsetsOf(clock);
  const names: string[] = [];
  const place = new Map<string, number>();
  const placeOf = (text: string): number => {
    if (time) return instant(text, offset);
    if (!named) return Number(text);
    if (!place.has(text)) place.set(text, names.push(text) - 1);
    return place.get(text)!;
  };
  const series = new Map<string, Map<number, number>>();
  for (const row of part) {
    const at = placeOf(row[x] ?? 'NULL');
    const label = by >= 0 ? row[by] ?? 'NULL' : columns[y].name;
    const value = row[y] === null ? NaN : Number(row[y]);
    if (Number.isNaN(at) || Number.isNaN(value)) continue;
    if (!series.has(label) && series.size >= MAX_LINES) continue;
    if (!series.has(label)) series.set(label, new Map());
    series.get(label)!.set(at, value);
  }
  const xs = [...new Set([...series.values()].flatMap((points) => [...points.keys()]))].sort((a, b) => a - b);
  return { x: xs, names: named ? names : undefined, time, lines: [...series].map(([label, points]) => ({ label, values: xs.map((at) => points.get(at) ?? null) })) };
}
