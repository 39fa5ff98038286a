export interface DiffLine {
  left: string | null;
  right: string | null;
  changed: boolean;
}

/** Two texts side by side, aligned on their longest common lines; a changed line stands beside what it became. */
export function diffLines(left: string, right: string): DiffLine[] {
  const a = left.split('\n');
  const b = right.split('\n');
  const lengths = commonLengths(a, b);
  const lines: DiffLine[] = [];
  let removed: string[] = [];
  let added: string[] = [];
  const flush = () => {
    for (let i = 0; i < Math.max(removed.length, added.length); i++) lines.push({ left: removed[i] ?? null, right: added[i] ?? null, changed: true });
    removed = [];
    added = [];
  };
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      flush();
      lines.push({ left: a[i++], right: b[j++], changed: false });
    } else if (j >= b.length || (i < a.length && lengths[i + 1][j] >= lengths[i][j + 1])) removed.push(a[i++]);
    else added.push(b[j++]);
  }
  flush();
  return lines;
}

/** lengths[i][j]: of the longest common subsequence of a from i on and b from j on. */
function commonLengths(a: string[], b: string[]): Uint16Array[] {
  const lengths = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) lengths[i][j] = a[i] === b[j] ? lengths[i + 1][j + 1] + 1 : Math.max(lengths[i + 1][j], lengths[i][j + 1]);
  }
  return lengths;
}
