import { useResource } from '../../api/resource';
import { call, url } from '../../api/client';
import type { GroupDetail, History } from '../../api/types';
import { Badge, Button, Empty, ErrorNote, Figure, Figures, Loading, Num, StateBadge } from '../../components/basics';
import { confirm } from '../../components/dialog';
import { PageHeader } from '../../components/page';
import { Plot } from '../../components/plot';
import { VirtualTable } from '../../components/table';
import { Tabs } from '../../components/tabs';
import { notify, notifyError } from '../../components/toast';
import { count, exact } from '../../format/numbers';
import { href, navigate } from '../../router';
import { ResetOffsets } from './reset_offsets';

const MAX_LINES = 5;

export function GroupPage({ id, tab }: { id: string; tab: string }) {
  const group = useResource<GroupDetail>(url(['groups', id]), { every: 2000 });
  const data = group.data.value;
  const drop = async () => {
    const yes = await confirm({ title: `Delete the group ${id}?`, danger: true, action: 'Delete the group', text: <p>Its committed offsets are gone; a consumer of that name starts anew.</p> });
    if (yes) await call('DELETE', url(['groups', id])).then(() => { notify(`Group ${id} is deleted.`); navigate('#/groups'); }, notifyError);
  };
  const tabs = [
    { id: 'offsets', label: 'Offsets', note: data?.offsets.length }, { id: 'members', label: 'Members', note: data?.members.length },
    { id: 'lag', label: 'Lag history' }, { id: 'reset', label: 'Reset offsets' },
  ].map((entry) => ({ ...entry, href: href(['groups', id, entry.id]) }));
  return (
    <div class="page">
      <PageHeader title={<span class="mono">{id}</span>} plain={id} crumbs={[{ label: 'Consumer groups', href: '#/groups' }]} badge={data && <StateBadge state={data.state} />} actions={data && <Button kind="danger" icon="trash" onClick={drop}>Delete</Button>} />
      {!data ? (group.error.value ? <ErrorNote error={group.error.value} onRetry={group.reload} /> : <Loading />) : (
        <>
          <Figures>
            <Figure label="Lag" value={count(data.offsets.reduce((sum, { lag }) => sum + Math.max(0, lag), 0))} />
            <Figure label="Members" value={data.members.length} />
            <Figure label="Partitions" value={data.offsets.length} />
            {data.assignor && <Figure label="Assignor" value={data.assignor} />}
            {data.job && <Figure label="Job" value={<a href={href(['jobs', data.job])}>{data.job.slice(0, 8)}</a>} />}
          </Figures>
          <Tabs label="Parts of the group" tabs={tabs} current={tab} />
          {tab === 'members' ? <Members group={data} /> : tab === 'lag' ? <LagHistory id={id} /> : tab === 'reset' ? <ResetOffsets group={data} reload={group.reload} /> : <Offsets group={data} />}
        </>
      )}
    </div>
  );
}

function Offsets({ group }: { group: GroupDetail }) {
  return (
    <VirtualTable label="Offsets" rows={group.offsets} rowKey={(offset) => `${offset.topic}-${offset.partition}`} maxRows={30} empty={<Empty title="Nothing is committed" icon="groups" />} columns={[
      { id: 'topic', title: 'Topic', min: 150, grow: 3, cell: (offset) => <a href={href(['topics', offset.topic])}>{offset.topic}</a> },
      { id: 'partition', title: 'Partition', min: 80, align: 'right', cell: (offset) => offset.partition },
      { id: 'offset', title: 'Committed', min: 110, grow: 1, align: 'right', mono: true, wide: true, cell: (offset) => exact(offset.offset) },
      { id: 'end', title: 'End', min: 110, grow: 1, align: 'right', mono: true, wide: true, cell: (offset) => exact(offset.end) },
      { id: 'lag', title: 'Lag', min: 80, grow: 1, align: 'right', cell: (offset) => <Num value={offset.lag} /> },
    ]} />
  );
}

/** "SALES: 0, 1, 2": short enough for the row of a member that reads many. */
function byTopic(partitions: { topic: string; partition: number }[]): string[] {
  const topics = new Map<string, number[]>();
  for (const { topic, partition } of partitions) topics.set(topic, [...(topics.get(topic) ?? []), partition]);
  return [...topics].map(([topic, ids]) => `${topic}: ${ids.sort((a, b) => a - b).join(', ')}`);
}

function Members({ group }: { group: GroupDetail }) {
  return (
    <VirtualTable label="Members" rows={group.members} rowKey={(member) => member.id} maxRows={20} empty={<Empty title="Nobody is in the group" icon="groups">{group.job ? 'The job reads its partitions itself and commits here for others to see.' : 'Its offsets are kept for whoever joins next.'}</Empty>} columns={[
      { id: 'id', title: 'Member', min: 180, grow: 2, mono: true, cell: (member) => member.id },
      { id: 'client', title: 'Client', min: 110, grow: 1, wide: true, cell: (member) => member.client_id },
      { id: 'host', title: 'Host', min: 110, grow: 1, wide: true, mono: true, cell: (member) => member.host },
      { id: 'partitions', title: 'Partitions', min: 120, grow: 2, cell: (member) => byTopic(member.partitions ?? []).map((text) => <Badge key={text} title={text}>{text}</Badge>) },
    ]} />
  );
}

function LagHistory({ id }: { id: string }) {
  const history = useResource<History>(url(['groups', id, 'history']), { every: 2000 });
  const data = history.data.value;
  if (!data) return history.error.value ? <ErrorNote error={history.error.value} onRetry={history.reload} /> : <Loading />;
  if (data.times.length === 0) return <Empty title="No samples yet" icon="clock">The server takes one every second.</Empty>;
  const worst = Object.entries(data.series).filter(([name]) => name.startsWith('lag.')).sort(([, a], [, b]) => (b.at(-1) ?? 0) - (a.at(-1) ?? 0)).slice(0, MAX_LINES);
  return (
    <div class="plots">
      <Plot title="Lag" times={data.times} format={count} lines={[{ label: 'all partitions', values: data.series.lag ?? [] }]} sync="group" />
      {worst.length > 0 && <Plot title={worst.length < MAX_LINES ? 'Lag by partition' : `Lag of the ${MAX_LINES} furthest behind`} times={data.times} format={count} lines={worst.map(([name, values]) => ({ label: name.slice(4), values }))} sync="group" />}
    </div>
  );
}
