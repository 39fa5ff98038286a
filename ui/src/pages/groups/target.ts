import { parseTime } from '../../format/time';

/** "time:1764358200000" of what was chosen and typed; undefined while that is no such thing. */
export function targetOf(kind: string, text: string): string | undefined {
  if (kind === 'earliest' || kind === 'latest') return kind;
  const value = kind === 'time' ? parseTime(text) : /^-?\d+$/.test(text.trim()) ? Number(text) : undefined;
  if (value === undefined || (kind === 'offset' && value < 0)) return undefined;
  return `${kind}:${value}`;
}
