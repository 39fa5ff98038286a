/** Where line and column (both from 1, the column in code points) stand in a text; places behind a line's end are at its end. */
export function offsetOf(text: string, line: number, column: number): number {
  let start = 0;
  for (let i = 1; i < line; i++) {
    const end = text.indexOf('\n', start);
    if (end < 0) return text.length;
    start = end + 1;
  }
  let at = start;
  for (let i = 1; i < column && at < text.length && text[at] !== '\n'; i++) at += text.codePointAt(at)! > 0xffff ? 2 : 1;
  return at;
}

/** The completion's positions are bytes of UTF-8, the editor's UTF-16 units. */
export function toBytes(text: string, at: number): number {
  return new TextEncoder().encode(text.slice(0, at)).length;
}

export function fromBytes(text: string, bytes: number): number {
  return new TextDecoder().decode(new TextEncoder().encode(text).slice(0, bytes)).length;
}

/** The range to underline: at least one character, the whole word when the end is not known. */
export function rangeOf(text: string, place: { line: number; column: number; end_line?: number; end_column?: number }): { from: number; to: number } {
  const from = offsetOf(text, place.line || 1, place.column || 1);
  let to = place.end_line && place.end_column ? offsetOf(text, place.end_line, place.end_column) : from;
  if (to <= from) to = from + (/^\w+/.exec(text.slice(from))?.[0].length ?? 0);
  if (to > from) return { from, to };
  return from < text.length && text[from] !== '\n' ? { from, to: from + 1 } : { from: Math.max(0, from - 1), to: from };
}

/** The statement the cursor stands in, or the one before it. */
export function statementAt<T extends { line: number; end_line: number }>(statements: T[], line: number): T | undefined {
  return statements.find((statement) => line >= statement.line && line <= statement.end_line) ?? statements.filter((statement) => statement.end_line < line).at(-1) ?? statements[0];
}
