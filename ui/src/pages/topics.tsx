import { useMemo } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { useResource } from '../api/resource';
import { call, url } from '../api/client';
import type { Topic, Reach } from '../api/types';
import { Badge, Button, Empty, ErrorNote, Loading, Num, StaleNote, UnreachableNote } from '../components/basics';
import { Dialog } from '../components/dialog';
import { Check, SearchField, TextField } from '../components/fields';
import { PageHeader } from '../components/page';
import { useActions } from '../components/palette';
import { VirtualTable, type TableColumn } from '../components/table';
import { notify } from '../components/toast';
import { bytes, plural, rate } from '../format/numbers';
import { shortName, tableName } from '../format/names';
import { retention } from '../format/retention';
import { href, navigate, route, setQuery } from '../router';

export function SchemaBadge({ topic }: { topic: Topic }) {
  const { key_schema: key, value_schema: value } = topic;
  if (!key && !value) return <span class="muted">–</span>;
  return (
    <>
      {value && <a href={href(['schemas', value.subject])} title={`${value.subject}, version ${value.version}, id ${value.id}`}><Badge tone="accent">{value.type.toLowerCase()} v{value.version}</Badge></a>}
      {key && <a href={href(['schemas', key.subject])} title={`key: ${key.subject}, version ${key.version}, id ${key.id}`}><Badge>key</Badge></a>}
    </>
  );
}

const COLUMNS: TableColumn<Topic>[] = [
  { id: 'name', title: 'Topic', min: 160, grow: 4, sort: (topic) => topic.name, cell: (topic) => <>{topic.name}{topic.internal && <Badge>internal</Badge>}</> },
  { id: 'messages', title: 'Messages', min: 80, align: 'right', sort: (topic) => topic.messages, cell: (topic) => <Num value={topic.messages} /> },
  { id: 'rate', title: 'Rate', min: 72, align: 'right', sort: (topic) => topic.messages_rate, cell: (topic) => rate(topic.messages_rate) },
  { id: 'bytes_rate', title: 'Bytes', min: 84, align: 'right', wide: true, sort: (topic) => topic.bytes_rate, cell: (topic) => (topic.bytes_rate === null ? '–' : `${bytes(topic.bytes_rate)}/s`) },
  { id: 'size', title: 'Size', min: 86, align: 'right', wide: true, sort: (topic) => topic.bytes, cell: (topic) => bytes(topic.bytes) },
  { id: 'partitions', title: 'Partitions', min: 80, align: 'right', wide: true, sort: (topic) => topic.partitions, cell: (topic) => topic.partitions },
  { id: 'retention', title: 'Retention', min: 96, wide: true, sort: (topic) => topic.retention_ms, cell: retention },
  { id: 'schema', title: 'Schema', min: 116, wide: true, sort: (topic) => topic.value_schema?.subject ?? null, cell: (topic) => <SchemaBadge topic={topic} /> },
  { id: 'used', title: 'Used by', min: 238, grow: 3, cell: (topic) => <UsedBy topic={topic} /> },
];

function UsedBy({ topic }: { topic: Topic }) {
  const jobs = topic.jobs ?? [];
  const tables = topic.tables ?? [];
  if (jobs.length === 0 && tables.length === 0) return <span class="muted">–</span>;
  return (
    <>
      {jobs.slice(0, 2).map((job) => <a key={job.id + job.role} href={href(['jobs', job.id])} title={`${job.role} of ${shortName(job.name)}`}><Badge tone="good">{job.role === 'source' ? 'read by' : 'written by'} job</Badge></a>)}
      {jobs.length > 2 && <Badge>+{jobs.length - 2}</Badge>}
      {tables.slice(0, 2).map((table) => <Badge key={table.path} title={`as table ${table.path}`}>{tableName(table.path)}</Badge>)}
      {tables.length > 2 && <Badge>+{tables.length - 2}</Badge>}
    </>
  );
}

export function Topics() {
  const topics = useResource<{ topics: Topic[] } & Reach>(url(['topics']), { every: 2000 });
  const creating = useSignal(false);
  const { filter = '', sort = '', internal = '' } = route.value.query;
  const all = topics.data.value?.topics;
  const shown = useMemo(() => {
    const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
    return (all ?? []).filter((topic) => (internal || !topic.internal) && words.every((word) => topic.name.toLowerCase().includes(word)));
  }, [all, filter, internal]);
  useActions([{ kind: 'Action', icon: 'plus', label: 'Create a topic', run: () => { creating.value = true; } }], []);
  return (
    <div class="page fill">
      <PageHeader title="Topics" actions={<Button icon="plus" onClick={() => { creating.value = true; }}>Create a topic</Button>} />
      <div class="toolbar">
        <SearchField label="Filter topics" value={filter} onInput={(value) => setQuery({ filter: value })} width={280} />
        <Check label="Internal topics" checked={internal !== ''} onChange={(value) => setQuery({ internal: value ? '1' : undefined })} />
        <span class="muted" role="status">{all && (shown.length === all.length ? plural(all.length, 'topic') : `${shown.length} of ${plural(all.length, 'topic')}`)}</span>
      </div>
      <StaleNote error={all ? topics.error.value : undefined} />
      <UnreachableNote list={topics.data.value} />
      {!all ? (topics.error.value ? <ErrorNote error={topics.error.value} onRetry={topics.reload} /> : <Loading lines={10} />) : (
        <VirtualTable label="Topics" columns={COLUMNS} rows={shown} rowKey={(topic) => topic.name} rowHref={(topic) => href(['topics', topic.name])} sort={sort} onSort={(next) => setQuery({ sort: next })}
          empty={all.length ? <Empty title="No topic fits the filter" /> : <Empty title="There are no topics" icon="topics">Create one here, or let a job or a producer do it.</Empty>} />
      )}
      {creating.value && <CreateDialog onClose={() => { creating.value = false; }} />}
    </div>
  );
}

function CreateDialog({ onClose }: { onClose: () => void }) {
  const name = useSignal('');
  const partitions = useSignal('1');
  const compacted = useSignal(false);
  const error = useSignal('');
  const busy = useSignal(false);
  const create = async () => {
    busy.value = true;
    try {
      await call('POST', url(['topics']), { name: name.value, partitions: Number(partitions.value), configs: compacted.value ? { 'cleanup.policy': 'compact' } : {} });
      notify(`Topic ${name.value} is created.`);
      onClose();
      navigate(href(['topics', name.value]));
    } catch (failure) {
      error.value = (failure as Error).message;
      busy.value = false;
    }
  };
  const possible = /^[\w.-]{1,249}$/.test(name.value) && Number(partitions.value) >= 1;
  return (
    <Dialog title="Create a topic" onClose={onClose} footer={<><Button onClick={onClose}>Not now</Button><Button kind="primary" disabled={!possible} busy={busy.value} onClick={create}>Create</Button></>}>
      <TextField label="Name" value={name.value} onInput={(value) => { name.value = value; error.value = ''; }} mono hint="Letters, digits, '.', '_' and '-'" error={error.value} />
      <TextField label="Partitions" type="number" value={partitions.value} onInput={(value) => { partitions.value = value; }} width={120} />
      <Check label="Compacted: keeps the last message of each key" checked={compacted.value} onChange={(value) => { compacted.value = value; }} />
    </Dialog>
  );
}
