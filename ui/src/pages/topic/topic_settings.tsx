import { useSignal } from '@preact/signals';
import { call, url } from '../../api/client';
import type { TopicDetail } from '../../api/types';
import { Badge, Button, Empty, Panel } from '../../components/basics';
import { confirm, Dialog } from '../../components/dialog';
import { SearchField, TextField } from '../../components/fields';
import { VirtualTable } from '../../components/table';
import { notify, notifyError } from '../../components/toast';
import { navigate, route, setQuery } from '../../router';
import { duration } from '../../format/time';
import { bytes } from '../../format/numbers';

type Config = TopicDetail['configs'][number];

/** "604800000" of a ".ms" setting is "7 d"; what has no unit says nothing. */
export function explained({ name, value }: { name: string; value: string }): string {
  const number = Number(value);
  if (value === '' || number === 0 || Number.isNaN(number)) return '';
  if (number < 0) return 'no limit';
  if (number > 9e15) return 'for ever';
  if (name.endsWith('.ms')) return duration(number);
  return name.endsWith('.bytes') ? bytes(number) : '';
}

export function TopicSettings({ topic, reload }: { topic: TopicDetail; reload: () => void }) {
  const editing = useSignal<Config | undefined>(undefined);
  const { filter = '' } = route.value.query;
  const shown = (topic.configs ?? []).filter((config) => config.name.includes(filter.toLowerCase()));
  const drop = async (what: 'records' | 'topic') => {
    const yes = await confirm({
      title: what === 'topic' ? `Delete the topic ${topic.name}?` : `Delete all messages of ${topic.name}?`, danger: true, typed: topic.name,
      action: what === 'topic' ? 'Delete the topic' : 'Delete the messages',
      text: <p>{what === 'topic' ? 'The topic and its messages are gone for good; jobs that use it fail.' : 'They are gone for good; offsets go on from where they are.'}</p>,
    });
    if (!yes) return;
    await call('DELETE', url(what === 'topic' ? ['topics', topic.name] : ['topics', topic.name, 'records'])).then(() => {
      notify(what === 'topic' ? `Topic ${topic.name} is deleted.` : 'The messages are deleted.');
      if (what === 'topic') navigate('#/topics');
      else reload();
    }, notifyError);
  };
  return (
    <>
      <div class="toolbar"><SearchField label="Filter the settings" value={filter} onInput={(value) => setQuery({ filter: value })} width={280} /></div>
      <VirtualTable label="Topic settings" rows={shown} rowKey={(config) => config.name} maxRows={24} empty={<Empty title="No setting fits the filter" />} columns={[
        { id: 'name', title: 'Setting', min: 180, grow: 2, mono: true, cell: (config) => <span title={config.doc}>{config.name}</span> },
        { id: 'value', title: 'Value', min: 150, grow: 2, mono: true, cell: (config) => <>{config.value || <span class="muted">empty</span>} <span class="muted">{explained(config)}</span></> },
        { id: 'set', title: '', min: 60, wide: true, cell: (config) => !config.is_default && <Badge tone="accent">set</Badge> },
        { id: 'doc', title: 'What it does', min: 200, grow: 3, wide: true, cell: (config) => <span title={config.doc}>{config.doc}</span> },
        { id: 'edit', title: '', min: 70, align: 'right', cell: (config) => (config.is_read_only ? <span class="muted">fixed</span> : <Button kind="quiet" aria-label={`Edit ${config.name}`} onClick={() => { editing.value = config; }}>Edit</Button>) },
      ]} />
      <Panel title="Deleting">
        <div class="danger-zone">
          <Button kind="danger" icon="trash" onClick={() => drop('records')}>Delete all messages</Button>
          <Button kind="danger" icon="trash" onClick={() => drop('topic')}>Delete the topic</Button>
        </div>
      </Panel>
      {editing.value && <EditDialog topic={topic.name} config={editing.value} onClose={() => { editing.value = undefined; reload(); }} />}
    </>
  );
}

function EditDialog({ topic, config, onClose }: { topic: string; config: Config; onClose: () => void }) {
  const value = useSignal(config.value);
  const error = useSignal('');
  const busy = useSignal(false);
  const save = async () => {
    busy.value = true;
    try {
      await call('PUT', url(['topics', topic, 'configs']), { set: { [config.name]: value.value } });
      notify(`${config.name} is now ${value.value}.`);
      onClose();
    } catch (failure) {
      error.value = (failure as Error).message;
      busy.value = false;
    }
  };
  return (
    <Dialog title={config.name} onClose={onClose} footer={<><Button onClick={onClose}>Keep as it is</Button><Button kind="primary" busy={busy.value} onClick={save}>Save</Button></>}>
      <p class="prose">{config.doc}</p>
      <TextField label="Value" mono value={value.value} onInput={(next) => { value.value = next; error.value = ''; }} onEnter={save} hint={explained({ name: config.name, value: value.value })} error={error.value} />
    </Dialog>
  );
}
