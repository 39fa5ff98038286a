import { signal } from '@preact/signals';

export interface HistoryEntry {
  text: string;
  millis: number;
  outcome: 'done' | 'failed' | 'stopped' | 'running' | 'draft';
}

const KEY = 'sql-history';
const KEPT = 200;

function stored(): HistoryEntry[] {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '[]') as HistoryEntry[];
  } catch {
    return [];
  }
}

/** Statements that were run in this browser, and drafts that others took the place of, newest first. */
export const sqlHistory = signal<HistoryEntry[]>(typeof localStorage === 'undefined' ? [] : stored());

/** The newest `KEPT`; a statement that is run again moves to the front. */
export function withEntry(entries: HistoryEntry[], entry: HistoryEntry): HistoryEntry[] {
  return [entry, ...entries.filter(({ text }) => text !== entry.text)].slice(0, KEPT);
}

export function remember(entry: HistoryEntry): void {
  sqlHistory.value = withEntry(sqlHistory.value, entry);
  localStorage.setItem(KEY, JSON.stringify(sqlHistory.value));
}

export function forgetAll(): void {
  sqlHistory.value = [];
  localStorage.removeItem(KEY);
}
