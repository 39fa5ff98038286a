import { useEffect, useRef } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import type { EditorView } from '@codemirror/view';
import { Button, CopyButton } from '../../components/basics';
import { Segments } from '../../components/fields';
import { PageHeader } from '../../components/page';
import { useActions } from '../../components/palette';
import { notify } from '../../components/toast';
import { remember } from '../../sql/history';
import { makeEditor } from '../../sql/editor';
import { href, route, setQuery } from '../../router';
import { CatalogTree } from './catalog_tree';
import { ExplainView } from './explain_view';
import { HistoryView } from './history_view';
import { Results } from './results';
import { useWorkspace } from './use_workspace';

const DRAFT = 'sql-draft';

export function SqlWorkspace() {
  const place = useRef<HTMLDivElement>(null);
  const editor = useRef<EditorView | undefined>(undefined);
  const problems = useSignal(0);
  const panel = route.value.query.panel ?? 'results';
  const work = useWorkspace(editor, (next) => setQuery({ panel: next }));
  const commands = useRef(work);
  commands.current = work;

  useEffect(() => {
    const given = route.peek().query.text;
    if (given !== undefined) {
      // The text moves from the address into the draft, so that a reload keeps what is typed after.
      const before = localStorage.getItem(DRAFT) ?? '';
      if (before.trim() && before !== given) remember({ text: before, millis: Date.now(), outcome: 'draft' });
      localStorage.setItem(DRAFT, given);
      setQuery({ text: undefined });
      return undefined;
    }
    const view = makeEditor({
      parent: place.current!,
      text: localStorage.getItem(DRAFT) ?? '',
      session: () => commands.current.session.peek(),
      onChange: (text) => localStorage.setItem(DRAFT, text),
      onRun: () => void commands.current.runHere(),
      onRunAll: () => void commands.current.runAll(),
      onProblems: (count) => { problems.value = count; },
    });
    editor.current = view;
    view.focus();
    return () => view.destroy();
  }, [route.value.query.text]);

  useActions([
    { kind: 'Action', icon: 'play', label: 'Run the statement at the cursor', run: () => void commands.current.runHere() },
    { kind: 'Action', icon: 'play', label: 'Run the whole script', run: () => void commands.current.runAll() },
    { kind: 'Action', icon: 'jobs', label: 'Explain the statement at the cursor', run: () => void commands.current.explain() },
    { kind: 'Action', icon: 'jobs', label: 'Submit the script as a job', run: () => void commands.current.submit() },
  ], []);

  const insert = (text: string) => {
    const view = editor.current!;
    view.dispatch(view.state.replaceSelection(text));
    view.focus();
  };
  const replace = (text: string) => {
    const view = editor.current!;
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
    view.focus();
  };
  const link = () => `${location.href.split('#')[0]}${href(['sql'], { text: editor.current!.state.doc.toString() })}`;

  return (
    <div class="page fill sql-page">
      <PageHeader title="SQL workspace" actions={<>
        <Button kind="primary" icon="play" title="Ctrl-Enter: the selection, or the statement at the cursor" onClick={() => void work.runHere()}>Run</Button>
        <Button icon="play" title="Ctrl-Shift-Enter" onClick={() => void work.runAll()}>Run script</Button>
        <Button onClick={() => void work.explain()}>Explain</Button>
        <Button icon="jobs" title="Runs the script and goes to its job" onClick={() => void work.submit()}>Submit as a job</Button>
        <CopyButton text={link} label="Copy a link to this script" />
        <Button kind="quiet" icon="refresh" label="New session" onClick={() => { void work.renew(); notify('A new session is open: its tables and settings start afresh.'); }} />
      </>} />
      {work.error.value && <p class="stale" role="alert">No SQL session: {work.error.value.message} {work.error.value.hint} <Button kind="quiet" icon="refresh" onClick={() => void work.renew()}>Try again</Button></p>}
      <div class="workspace">
        <CatalogTree session={work.session.value} changes={work.changes.value} onInsert={insert} />
        <div class="workspace-main">
          <div ref={place} class="editor" />
          <div class="toolbar workspace-bar">
            <Segments label="Panel" value={panel} onChange={(next) => setQuery({ panel: next })} choices={[{ value: 'results', label: 'Results' }, { value: 'explain', label: 'Plan' }, { value: 'history', label: 'History' }]} />
            <span class={problems.value ? 'bad-text' : 'muted'} role="status">{problems.value ? `${problems.value} ${problems.value === 1 ? 'error' : 'errors'} in the script (F8 goes to the next)` : ''}</span>
          </div>
          {panel === 'explain' ? <ExplainView explained={work.explained.value} /> : panel === 'history' ? <HistoryView onPick={replace} /> : <Results runs={work.runs.value} picked={work.picked.value} onPick={(id) => { work.picked.value = id; }} onClear={work.clear} />}
        </div>
      </div>
    </div>
  );
}
