const DECIMAL = ['', 'k', 'M', 'G', 'T', 'P'];
const BINARY = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
const full = new Intl.NumberFormat('en-US', { maximumFractionDigits: 3 });

/** Three significant digits: "0", "7", "0.25", "12.3". */
function digits(value: number): string {
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1000) return String(value);
  const text = value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

function scaled(value: number, base: number, units: string[]): [string, string] {
  let unit = 0;
  let rest = value;
  // 999.6 would be rounded to 1000 of the smaller unit.
  while (Math.abs(rest) >= base - 0.5 && unit < units.length - 1) {
    rest /= base;
    unit++;
  }
  return [digits(rest), units[unit]];
}

/** A count for people: 1234567 is "1.23 M". null is "–". */
export function count(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  const [text, unit] = scaled(value, 1000, DECIMAL);
  return unit ? `${text} ${unit}` : text;
}

/** All digits, grouped: "1,234,567"; for titles beside a humanised number. */
export function exact(value: number | null | undefined): string {
  return value === null || value === undefined ? '–' : full.format(value);
}

export function bytes(value: number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  return scaled(value, 1024, BINARY).join(' ');
}

export function rate(value: number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  return `${count(value < 10 ? Math.round(value * 100) / 100 : value)}/s`;
}

export function percent(ratio: number | null | undefined): string {
  if (ratio === null || ratio === undefined) return '–';
  const value = ratio * 100;
  return `${value > 0 && value < 1 ? '<1' : Math.round(value)} %`;
}

export function plural(n: number, one: string, many = `${one}s`): string {
  return `${n < 10000 ? exact(n) : count(n)} ${n === 1 ? one : many}`;
}
