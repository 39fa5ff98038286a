import { useSignal } from '@preact/signals';
import { call, url } from '../../api/client';
import type { Compatibility, SubjectDetail } from '../../api/types';
import { Button, ErrorNote } from '../../components/basics';
import { TextField } from '../../components/fields';
import { Icon } from '../../components/icons';
import { notify } from '../../components/toast';
import { prettyJson } from '../../format/json';
import { href, navigate } from '../../router';

function jsonProblem(text: string): string {
  try {
    JSON.parse(text);
    return '';
  } catch (failure) {
    return `Not valid JSON: ${(failure as Error).message}`;
  }
}

/** A changed schema, tried against the registered versions before it is registered. */
export function SchemaCheck({ subject, reload }: { subject: SubjectDetail; reload: () => void }) {
  const last = subject.versions.at(-1);
  const text = useSignal(prettyJson(last?.schema ?? '{}'));
  const answer = useSignal<Compatibility | undefined>(undefined);
  const error = useSignal<Error | undefined>(undefined);
  const busy = useSignal(false);
  const type = last?.type ?? 'AVRO';
  const problem = type === 'PROTOBUF' ? '' : jsonProblem(text.value);

  const written = () => ({ schema: text.value, type, references: last?.references });  // what it names is named by the last one
  const run = async (work: () => Promise<void>) => {
    busy.value = true;
    error.value = undefined;
    await work().catch((failure) => { error.value = failure as Error; });
    busy.value = false;
  };
  const check = () => run(async () => { answer.value = await call<Compatibility>('POST', url(['schemas', subject.subject, 'check']), written()); });
  const register = () => run(async () => {
    const { version } = await call<{ version: number }>('POST', url(['schemas', subject.subject]), written());
    notify(`Registered as version ${version}.`);
    reload();
    navigate(href(['schemas', subject.subject, 'versions']));
  });
  const result = answer.value;
  return (
    <div class="two-columns">
      <div>
        <TextField label={`Schema (${type.toLowerCase()})`} mono rows={22} value={text.value} onInput={(value) => { text.value = value; answer.value = undefined; }} error={problem} />
        <div class="toolbar">
          <Button kind="primary" icon="check" busy={busy.value} disabled={problem !== ''} onClick={check}>Check</Button>
          <Button disabled={!result?.compatible} busy={busy.value} onClick={register}>Register as a new version</Button>
          <Button kind="quiet" onClick={() => { text.value = prettyJson(last?.schema ?? ''); answer.value = undefined; }}>Back to version {last?.version}</Button>
        </div>
      </div>
      <div aria-live="polite">
        {error.value && <ErrorNote error={error.value} />}
        {!result && !error.value && <p class="hint">Change the schema and check it: what would break is listed here, with the reason and the place.</p>}
        {result && (
          <section class={`verdict ${result.compatible ? 'good' : 'bad'}`}>
            <h2><Icon name={result.compatible ? 'check' : 'warn'} /> {result.compatible ? 'Compatible' : 'Not compatible'} <span class="muted">({result.level})</span></h2>
            {result.messages.length > 0 && <ul>{result.messages.map((message, i) => <li key={i}>{message.text}{message.path && <><br /><code>{message.path}</code></>}</li>)}</ul>}
            {result.compatible && <p>It can be registered; readers and writers go on working.</p>}
          </section>
        )}
      </div>
    </div>
  );
}
