import type { RefObject } from 'preact';
import { useEffect } from 'preact/hooks';
import { signal, useSignal } from '@preact/signals';
import type { EditorView } from '@codemirror/view';
import { ApiError, call } from '../../api/client';
import { closeSession, keepAlive, openSession } from '../../api/gateway';
import type { ExplainGraph, Statement } from '../../api/types';
import { remember } from '../../sql/history';
import { statementAt } from '../../sql/places';
import { Run } from '../../sql/run';
import { href, navigate } from '../../router';
import { notify, notifyError } from '../../components/toast';

export interface Explained {
  text: string;
  graph: ExplainGraph;
}

// Results stay when one looks at another page and comes back.
const runs = signal<Run[]>([]);
const picked = signal(0);
const KEPT_RUNS = 20;
let lastScript = 0;

/** The workspace's session and what is done with it. */
export function useWorkspace(editor: RefObject<EditorView | undefined>, show: (panel: string | undefined) => void) {
  const session = useSignal<string | undefined>(undefined);
  const error = useSignal<ApiError | undefined>(undefined);
  const changes = useSignal(0);
  const explained = useSignal<Explained | ApiError | undefined>(undefined);

  const open = async () => {
    try {
      session.value = await openSession();
      error.value = undefined;
    } catch (failure) {
      error.value = failure as ApiError;
    }
  };
  useEffect(() => { void open(); }, []);
  useEffect(() => (session.value ? keepAlive(session.value) : undefined), [session.value]);

  const text = () => editor.current!.state.doc.toString();
  const split = async (script: string) => (await call<{ statements: Statement[] }>('POST', 'api/sql/split', { text: script })).statements.filter((statement) => statement.text.trim());

  /** The selection's statements, else the one the cursor is in. */
  const chosen = async (): Promise<Statement[]> => {
    const { state } = editor.current!;
    const { from, to, head, empty } = state.selection.main;
    if (!empty) return split(state.sliceDoc(from, to));
    const found = statementAt(await split(text()), state.doc.lineAt(head).number);
    return found ? [found] : [];
  };

  const runOne = (statement: string, script: number): Run => {
    const run = new Run(session.value!, statement, script);
    runs.value = [...runs.value.slice(-KEPT_RUNS + 1), run];
    picked.value = run.id;
    remember({ text: statement, millis: run.startMillis, outcome: 'running' });
    void run.ended.then(() => {
      remember({ text: statement, millis: run.startMillis, outcome: run.state.value });
      changes.value++;
    });
    return run;
  };

  /** One after the other; a query is left running, an error ends it: then nothing is given back. */
  const runAll = async (statements: Statement[]): Promise<Run[] | undefined> => {
    if (!session.value) await open();
    if (!session.value) return undefined;
    if (statements.length === 0) {
      notify('There is no statement to run.', 'bad');
      return undefined;
    }
    show(undefined);
    const all: Run[] = [];
    const script = ++lastScript;
    for (const { text: statement } of statements) {
      const run = runOne(statement, script);
      all.push(run);
      await run.started;
      if (!run.isQuery.value && run.jobId.value === undefined) await run.ended;
      if (run.state.value === 'failed') return undefined;
    }
    return all;
  };
  const guarded = (work: () => Promise<unknown>) => work().catch(notifyError);

  return {
    session, error, changes, explained, runs, picked,
    clear: () => {
      for (const run of runs.value) void run.stop();
      runs.value = [];
    },
    renew: async () => {
      if (session.value) await closeSession(session.value);
      session.value = undefined;
      await open();
    },
    runHere: () => guarded(async () => runAll(await chosen())),
    runAll: () => guarded(async () => runAll(await split(text()))),
    submit: () => guarded(async () => {
      const all = await runAll(await split(text()));
      if (!all) return;
      for (const warning of all.flatMap(({ warnings }) => warnings.value)) notify(warning, 'bad');
      const job = all.filter(({ isQuery, jobId }) => jobId.value && !isQuery.value).at(-1);
      if (job) navigate(href(['jobs', job.jobId.value!]));
      else notify('The script has no INSERT: nothing became a job.', 'bad');
    }),
    explain: () => guarded(async () => {
      if (!session.value) await open();
      const statements = await chosen();
      if (statements.length === 0) return;
      show('explain');
      explained.value = await call<Explained>('POST', `api/sql/${session.value}/explain`, { text: statements.map((statement) => statement.text).join(';\n') }).catch((failure) => failure as ApiError);
    }),
  };
}
