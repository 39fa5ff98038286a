import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, type Completion, type CompletionContext, type CompletionResult } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { SQLDialect } from '@codemirror/lang-sql';
import { bracketMatching, HighlightStyle, indentOnInput, syntaxHighlighting } from '@codemirror/language';
import { linter, lintKeymap, type Diagnostic } from '@codemirror/lint';
import { EditorState } from '@codemirror/state';
import { drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers, placeholder } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { call } from '../api/client';
import type { Candidate, SqlError } from '../api/types';
import { fromBytes, rangeOf, toBytes } from './places';
import { KEYWORDS, TYPES } from './words';

const flinkSql = SQLDialect.define({
  keywords: [...KEYWORDS].join(' ').toLowerCase(),
  types: [...TYPES].join(' ').toLowerCase(),
  identifierQuotes: '`',
  doubleQuotedStrings: false,
  backslashEscapes: false,
});

const colors = HighlightStyle.define([
  { tag: tags.keyword, class: 'tok-keyword' },
  { tag: [tags.typeName, tags.standard(tags.name)], class: 'tok-type' },
  { tag: tags.string, class: 'tok-string' },
  { tag: [tags.number, tags.bool, tags.null], class: 'tok-number' },
  { tag: [tags.lineComment, tags.blockComment], class: 'tok-comment' },
  { tag: tags.special(tags.string), class: 'tok-name' },
]);

/** What a candidate is, at the end of its line. */
function kindOf(completion: Completion): Node {
  const kind = document.createElement('span');
  kind.className = 'completion-kind';
  kind.textContent = completion.type ?? '';
  return kind;
}

/** Asks the server, which knows the session's tables, columns, functions and options. */
function completions(session: () => string | undefined) {
  return async (context: CompletionContext): Promise<CompletionResult | null> => {
    const id = session();
    const word = context.matchBefore(/[\w$.-]+/);
    if (!id || (!word && !context.explicit)) return null;
    const text = context.state.doc.toString();
    const { candidates, from } = await call<{ candidates: Candidate[]; from: number }>('POST', `api/sql/${id}/complete`, { text, position: toBytes(text, context.pos) }).catch(() => ({ candidates: [], from: 0 }));
    if (candidates.length === 0) return null;
    const options: Completion[] = candidates.map(({ text: label, kind, detail, doc }, i) => ({ label, type: kind, detail, info: doc || undefined, boost: -i / 1000 }));
    return { from: Math.min(fromBytes(text, from), context.pos), options, validFor: /^[\w$]*$/ };
  };
}

/** Errors of the whole text, under the words they are about; nothing is run. */
function problems(session: () => string | undefined, onCount: (count: number) => void) {
  return async (view: EditorView): Promise<Diagnostic[]> => {
    const text = view.state.doc.toString();
    const id = session();
    if (!id || !text.trim()) {
      onCount(0);
      return [];
    }
    const { errors } = await call<{ errors: SqlError[] }>('POST', `api/sql/${id}/check`, { text }).catch(() => ({ errors: [] as SqlError[] }));
    onCount(errors.length);
    return errors.map((error) => ({ ...rangeOf(text, error), severity: 'error', message: error.hint ? `${error.message}\n${error.hint}` : error.message }));
  };
}

export interface EditorOptions {
  parent: HTMLElement;
  text: string;
  session: () => string | undefined;
  onChange: (text: string) => void;
  onRun: () => void;
  onRunAll: () => void;
  onProblems: (count: number) => void;
}

export function makeEditor(options: EditorOptions): EditorView {
  return new EditorView({
    parent: options.parent,
    state: EditorState.create({
      doc: options.text,
      extensions: [
        lineNumbers(), highlightActiveLineGutter(), highlightActiveLine(), drawSelection(), history(), indentOnInput(), bracketMatching(), closeBrackets(),
        flinkSql.language, syntaxHighlighting(colors), EditorView.lineWrapping,
        placeholder('SELECT … FROM …;   Ctrl-Enter runs the statement the cursor is in'),
        autocompletion({ override: [completions(options.session)], icons: false, addToOptions: [{ render: kindOf, position: 90 }], activateOnTypingDelay: 120, maxRenderedOptions: 60 }),
        linter(problems(options.session, options.onProblems), { delay: 350 }),
        EditorView.contentAttributes.of({ 'aria-label': 'SQL editor. Escape, then Tab leaves it.' }),
        EditorView.updateListener.of((update) => { if (update.docChanged) options.onChange(update.state.doc.toString()); }),
        keymap.of([
          { key: 'Mod-Enter', run: () => { options.onRun(); return true; }, preventDefault: true },
          { key: 'Mod-Shift-Enter', run: () => { options.onRunAll(); return true; }, preventDefault: true },
          ...closeBracketsKeymap, ...completionKeymap, ...lintKeymap, ...defaultKeymap, ...historyKeymap, indentWithTab,
        ]),
      ],
    }),
  });
}
