import { computed, signal } from '@preact/signals';

/** Where the page is: "#/jobs/ID/checkpoints?range=6h" is {path: ["jobs", "ID", "checkpoints"], query: {range: "6h"}}. */
export interface Route {
  path: string[];
  query: Record<string, string>;
}

export function parseHash(hash: string): Route {
  const [path, query] = hash.replace(/^#\/?/, '').split('?', 2);
  return {
    path: path.split('/').filter(Boolean).map(decodeURIComponent),
    query: Object.fromEntries(new URLSearchParams(query ?? '')),
  };
}

/** A link to a page; empty query values are left out. */
export function href(path: string[], query: Record<string, string | number | undefined> = {}): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  const search = new URLSearchParams(pairs.map(([key, value]) => [key, String(value)])).toString();
  return `#/${path.map(encodeURIComponent).join('/')}${search ? `?${search}` : ''}`;
}

const hash = signal(typeof location === 'undefined' ? '' : location.hash);
export const route = computed(() => parseHash(hash.value));

if (typeof window !== 'undefined') window.addEventListener('hashchange', () => (hash.value = location.hash));

export function navigate(to: string): void {
  location.hash = to;
  hash.value = location.hash;
}

/** Goes to a page without leaving the present one in the history. */
export function replace(to: string): void {
  history.replaceState(null, '', to);
  hash.value = location.hash;
}

/** Changes the query of the present page; typing in a filter replaces the history entry instead of adding one. */
export function setQuery(changes: Record<string, string | number | undefined>): void {
  const { path, query } = parseHash(location.hash);
  history.replaceState(null, '', href(path, { ...query, ...changes }));
  hash.value = location.hash;
}
