import { useResource } from '../../api/resource';
import { url } from '../../api/client';
import type { SchemaRef, SubjectDetail, TopicDetail } from '../../api/types';
import { Empty, ErrorNote, LinkButton, Loading, Num, Panel, StateBadge } from '../../components/basics';
import { Code } from '../../components/code';
import { VirtualTable } from '../../components/table';
import { prettyJson } from '../../format/json';
import { exact } from '../../format/numbers';
import { href } from '../../router';

export function TopicSchemas({ topic }: { topic: TopicDetail }) {
  const { key_schema: key, value_schema: value } = topic;
  if (!key && !value) return <Empty title="No schema is registered for this topic" icon="schemas">A subject named <code>{topic.name}-value</code> would stand here.</Empty>;
  return <>{value && <SchemaPanel title="Value" schema={value} />}{key && <SchemaPanel title="Key" schema={key} />}</>;
}

function SchemaPanel({ title, schema }: { title: string; schema: SchemaRef }) {
  const subject = useResource<SubjectDetail>(url(['schemas', schema.subject]));
  const version = subject.data.value?.versions.find((candidate) => candidate.version === schema.version) ?? subject.data.value?.versions.at(-1);
  return (
    <Panel title={<>{title}: <a class="mono" href={href(['schemas', schema.subject])}>{schema.subject}</a></>} flush actions={<><span class="muted">{schema.type.toLowerCase()}, version {schema.version}, id {schema.id}</span><LinkButton kind="quiet" href={href(['schemas', schema.subject, 'check'])}>Try a change</LinkButton></>}>
      {version ? <Code text={prettyJson(version.schema)} language="json" label="schema" /> : subject.error.value ? <ErrorNote error={subject.error.value} onRetry={subject.reload} /> : <Loading />}
    </Panel>
  );
}

export function TopicPartitions({ topic }: { topic: TopicDetail }) {
  return (
    <VirtualTable label="Partitions" rows={topic.partition_list} rowKey={(partition) => partition.id} maxRows={30} columns={[
      { id: 'id', title: 'Partition', min: 80, align: 'right', cell: (partition) => <a href={href(['topics', topic.name, 'messages'], { partition: partition.id })}>{partition.id}</a> },
      { id: 'start', title: 'First offset', min: 110, grow: 1, align: 'right', mono: true, cell: (partition) => exact(partition.start) },
      { id: 'end', title: 'Next offset', min: 110, grow: 1, align: 'right', mono: true, cell: (partition) => exact(partition.end) },
      { id: 'messages', title: 'Offsets kept', min: 100, grow: 1, align: 'right', cell: (partition) => <Num value={partition.end - partition.start} /> },
      { id: 'leader', title: 'Leader', min: 70, align: 'right', wide: true, cell: (partition) => partition.leader },
      { id: 'replicas', title: 'Replicas', min: 90, align: 'right', wide: true, cell: (partition) => (partition.replicas ?? []).join(', ') },
      { id: 'isr', title: 'In sync', min: 90, align: 'right', wide: true, cell: (partition) => (partition.in_sync ?? []).join(', ') },
    ]} />
  );
}

export function TopicGroups({ topic }: { topic: TopicDetail }) {
  return (
    <VirtualTable label="Consumer groups" rows={topic.groups ?? []} rowKey={(group) => group.id} rowHref={(group) => href(['groups', group.id])} maxRows={20}
      empty={<Empty title="No consumer group reads this topic" icon="groups" />} columns={[
        { id: 'id', title: 'Group', min: 200, grow: 3, mono: true, cell: (group) => group.id },
        { id: 'state', title: 'State', min: 120, cell: (group) => <StateBadge state={group.state} /> },
        { id: 'lag', title: 'Lag', min: 90, grow: 1, align: 'right', cell: (group) => <Num value={group.lag} /> },
      ]} />
  );
}
