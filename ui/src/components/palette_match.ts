/** How well `text` fits: all words must occur; starts of words count more, shorter labels more. -Infinity = not at all. */
export function score(label: string, text: string): number {
  const low = label.toLowerCase();
  let sum = 0;
  for (const word of text.toLowerCase().split(/\s+/).filter(Boolean)) {
    const at = low.indexOf(word);
    if (at < 0) return -Infinity;
    sum += at === 0 ? 30 : /[^a-z0-9]/.test(low[at - 1]) ? 20 : 10;
  }
  return sum - Math.min(label.length, 60) / 10;
}

/** The best `limit` of those that fit; in their own order when nothing was typed. */
export function matching<T extends { label: string; kind: string }>(actions: T[], text: string, limit: number): T[] {
  if (!text.trim()) return actions.slice(0, limit);
  return actions
    .map((action) => ({ action, points: Math.max(score(action.label, text), score(`${action.kind} ${action.label}`, text) - 5) }))
    .filter(({ points }) => points > -Infinity)
    .sort((a, b) => b.points - a.points)
    .slice(0, limit)
    .map(({ action }) => action);
}
