import { useSignal } from '@preact/signals';
import { call, url, ApiError } from '../../api/client';
import { Button, CopyButton } from '../../components/basics';
import { Dialog } from '../../components/dialog';
import { Check, TextField } from '../../components/fields';
import { notify } from '../../components/toast';

/** Asks where the savepoint goes, waits for it and shows its path. */
export function StopDialog({ id, what, onClose }: { id: string; what: 'stop' | 'savepoint'; onClose: () => void }) {
  const directory = useSignal('');
  const drain = useSignal(false);
  const busy = useSignal(false);
  const path = useSignal('');
  const error = useSignal('');
  const start = async () => {
    busy.value = true;
    error.value = '';
    try {
      const body = what === 'stop' ? { drain: drain.value, directory: directory.value } : { directory: directory.value };
      const answer = await call<{ path: string }>('POST', url(['jobs', id, what]), body);
      path.value = answer.path;
      notify(what === 'stop' ? 'The job has stopped; its savepoint is written.' : 'The savepoint is written.');
    } catch (failure) {
      const { message, hint } = failure as ApiError;
      error.value = hint ? `${message} ${hint}` : message;
    }
    busy.value = false;
  };
  const title = what === 'stop' ? 'Stop with a savepoint' : 'Take a savepoint';
  return (
    <Dialog title={title} onClose={onClose} footer={path.value ? <Button kind="primary" onClick={onClose}>Done</Button> : <>
      <Button onClick={onClose}>Not now</Button>
      <Button kind="primary" busy={busy.value} onClick={start}>{busy.value ? 'Writing …' : title}</Button>
    </>}>
      {path.value ? (
        <div class="prose">
          <p>The savepoint is in</p>
          <p class="copy-line"><code>{path.value}</code><CopyButton text={path.value} /></p>
          <p>To go on from it: <code>SET 'execution.savepoint.path' = '{path.value}';</code> before the script.</p>
        </div>
      ) : (
        <>
          <p class="prose">{what === 'stop' ? 'The job writes its state to a savepoint and ends. Started again from it, it goes on where it was.' : 'The job writes its state to a savepoint and goes on.'}</p>
          <TextField label="Folder" value={directory.value} onInput={(value) => { directory.value = value; }} placeholder="that of the job's settings" mono error={error.value} />
          {what === 'stop' && <Check label="Drain: close all windows first, as at the end of the input (the job cannot go on from such a savepoint)" checked={drain.value} onChange={(value) => { drain.value = value; }} />}
        </>
      )}
    </Dialog>
  );
}
