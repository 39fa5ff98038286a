/** JSON text indented for reading; text that is no JSON stays as it is. Digits of long numbers are kept. */
export function prettyJson(text: string): string {
  try {
    JSON.parse(text);
  } catch {
    return text;
  }
  let depth = 0;
  let out = '';
  const line = () => `\n${'  '.repeat(depth)}`;
  const pieces = text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g) ?? [];
  pieces.forEach((piece, i) => {
    const next = pieces[i + 1];
    if (piece === '{' || piece === '[') {
      depth++;
      out += piece + (next === '}' || next === ']' ? '' : line());
    } else if (piece === '}' || piece === ']') {
      depth--;
      const previous = pieces[i - 1];
      out += (previous === '{' || previous === '[' ? '' : line()) + piece;
    } else if (piece === ',') out += `,${line()}`;
    else out += piece === ':' ? ': ' : piece;
  });
  return out;
}

const JSON_TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)/g;

export function jsonTokens(text: string): { kind: string; text: string }[] {
  const pieces: { kind: string; text: string }[] = [];
  let end = 0;
  for (const match of text.matchAll(JSON_TOKEN)) {
    if (match.index! > end) pieces.push({ kind: 'text', text: text.slice(end, match.index) });
    pieces.push({ kind: match[2] ? 'name' : match[1] ? 'string' : 'number', text: match[0] });
    end = match.index! + match[0].length;
  }
  if (end < text.length) pieces.push({ kind: 'text', text: text.slice(end) });
  return pieces;
}

/** "48 65 6c": the bytes of a text, or of a text that is hex already. */
export function hexOf(text: string, isHex: boolean): string {
  const digits = isHex ? text.replace(/^0x/, '') : [...new TextEncoder().encode(text)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return (digits.match(/../g) ?? []).join(' ');
}

/** Lines of 16 bytes with their offset and printable characters, as hexdump -C shows them. */
export function hexDump(hex: string): string {
  const bytes = hex.split(' ').filter(Boolean);
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const part = bytes.slice(at, at + 16);
    const text = part.map((byte) => { const code = parseInt(byte, 16); return code >= 32 && code < 127 ? String.fromCharCode(code) : '.'; }).join('');
    lines.push(`${at.toString(16).padStart(6, '0')}  ${part.join(' ').padEnd(47)}  ${text}`);
  }
  return lines.join('\n');
}
