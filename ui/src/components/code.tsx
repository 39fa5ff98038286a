import { useEffect, useMemo, useRef } from 'preact/hooks';
import { tokens } from '../sql/words';
import { jsonTokens } from '../format/json';
import { CopyButton } from './basics';

interface Props {
  text: string;
  language?: 'sql' | 'json' | 'plain';
  /** A line to point at, from 1. */
  line?: number;
  /** Shows only this many lines round `line`. */
  around?: number;
  numbers?: boolean;
  label: string;
  maxHeight?: number;
  note?: string;
}

type Piece = { kind: string; text: string };

/** Cuts coloured pieces at the ends of lines. */
function linesOf(pieces: Piece[]): Piece[][] {
  const lines: Piece[][] = [[]];
  for (const { kind, text } of pieces) {
    text.split('\n').forEach((part, i) => {
      if (i) lines.push([]);
      if (part) lines[lines.length - 1].push({ kind, text: part });
    });
  }
  return lines;
}

/** Text to read: coloured, with line numbers, one line of it marked if wanted. */
export function Code({ text, language = 'plain', line = 0, around, numbers, label, maxHeight, note }: Props) {
  const marked = useRef<HTMLDivElement>(null);
  const lines = useMemo(() => linesOf(language === 'sql' ? tokens(text) : language === 'json' ? jsonTokens(text) : [{ kind: 'text', text }]), [text, language]);
  useEffect(() => { if (line && !around) marked.current?.scrollIntoView?.({ block: 'center' }); }, [line, around]);
  const from = around && line ? Math.max(0, line - 1 - around) : 0;
  const to = around && line ? Math.min(lines.length, line + around) : lines.length;
  return (
    <div class="code-frame">
      <div class="code" role="region" aria-label={label} tabIndex={0} style={maxHeight ? { maxHeight: `${maxHeight}px` } : undefined}>
        {lines.slice(from, to).map((pieces, i) => {
          const number = from + i + 1;
          return (
            <div key={number} ref={number === line ? marked : undefined} class={`code-line${number === line ? ' marked' : ''}`}>
              {numbers && <span class="line-number" aria-hidden="true">{number}</span>}
              <span class="line-text">{pieces.map((piece, j) => (piece.kind === 'text' ? piece.text : <span key={j} class={`tok-${piece.kind}`}>{piece.text}</span>))}{pieces.length === 0 && '\u200b'}</span>
              {number === line && note && <span class="line-note">{note}</span>}
            </div>
          );
        })}
      </div>
      <div class="code-tools"><CopyButton text={text} label={`Copy ${label}`} /></div>
    </div>
  );
}
