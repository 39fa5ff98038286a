const NAMES: Record<string, [string, string]> = {
  '+I': ['insert', 'inserted'], '-U': ['before', 'before an update'], '+U': ['after', 'after an update'], '-D': ['delete', 'deleted'],
  INSERT: ['insert', 'inserted'], UPDATE_BEFORE: ['before', 'before an update'], UPDATE_AFTER: ['after', 'after an update'], DELETE: ['delete', 'deleted'],
};
const SHORT: Record<string, string> = { INSERT: '+I', UPDATE_BEFORE: '-U', UPDATE_AFTER: '+U', DELETE: '-D' };

/** A changelog's row kind, as Flink's client writes it. */
export function Kind({ kind }: { kind: string }) {
  const [style, title] = NAMES[kind] ?? ['insert', kind];
  return <span class={`kind ${style}`} title={title}>{SHORT[kind] ?? kind}</span>;
}
