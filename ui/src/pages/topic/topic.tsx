import { useResource } from '../../api/resource';
import { getJson, url } from '../../api/client';
import type { History, TopicDetail } from '../../api/types';
import { Badge, Button, ErrorNote, Figure, Figures, LinkButton, Loading } from '../../components/basics';
import { PageHeader } from '../../components/page';
import { Plot } from '../../components/plot';
import { useActions } from '../../components/palette';
import { Tabs } from '../../components/tabs';
import { notifyError } from '../../components/toast';
import { bytes, count, exact, rate } from '../../format/numbers';
import { shortName, tableName } from '../../format/names';
import { href, navigate } from '../../router';
import { retention } from '../../format/retention';
import { SchemaBadge } from '../topics';
import { Messages } from './messages';
import { Produce } from './produce';
import { TopicGroups, TopicPartitions, TopicSchemas } from './topic_tabs';
import { TopicSettings } from './topic_settings';

export async function openAsTable(topic: string): Promise<void> {
  try {
    const { sql } = await getJson<{ sql: string }>(url(['topics', topic, 'table']));
    const name = /CREATE TABLE (?:IF NOT EXISTS )?(`[^`]+`|\w+)/i.exec(sql)?.[1] ?? `\`${topic}\``;
    navigate(href(['sql'], { text: `${sql.trim().replace(/;?$/, ';')}\n\nSELECT * FROM ${name};\n` }));
  } catch (failure) {
    notifyError(failure);
  }
}

export function TopicPage({ name, tab }: { name: string; tab: string }) {
  const topic = useResource<TopicDetail>(url(['topics', name]), { every: 2000 });
  const data = topic.data.value;
  useActions([
    { kind: 'Action', icon: 'sql', label: `Open ${name} as a table in the SQL workspace`, run: () => void openAsTable(name) },
    { kind: 'Action', icon: 'plus', label: `Produce a message to ${name}`, run: () => navigate(href(['topics', name, 'produce'])) },
  ], [name]);
  const tabs = [
    { id: 'messages', label: 'Messages' },
    { id: 'produce', label: 'Produce' },
    { id: 'schema', label: 'Schema' },
    { id: 'partitions', label: 'Partitions', note: data?.partitions },
    { id: 'consumers', label: 'Consumers', note: data?.groups?.length || undefined },
    { id: 'rates', label: 'Rates' },
    { id: 'settings', label: 'Settings' },
  ].map((entry) => ({ ...entry, href: href(['topics', name, entry.id]) }));
  const refused = topic.error.value?.status === 404 && !data;
  return (
    <div class={`page${tab === 'messages' ? ' fill' : ''}`}>
      <PageHeader title={<span class="mono">{name}</span>} plain={name} crumbs={[{ label: 'Topics', href: '#/topics' }]} badge={data && <>{data.internal && <Badge>internal</Badge>}<SchemaBadge topic={data} /></>}
        actions={!refused && <><LinkButton href={href(['topics', name, 'produce'])} icon="plus">Produce</LinkButton><Button icon="sql" onClick={() => openAsTable(name)}>Open as a table</Button></>} />
      {topic.error.value && !data ? <ErrorNote error={topic.error.value} onRetry={topic.reload} /> : (
        <>
          {data ? <Head topic={data} /> : <Loading lines={1} />}
          <Tabs label="Parts of the topic" tabs={tabs} current={tab} />
          <Body name={name} tab={tab} topic={data} reload={topic.reload} />
        </>
      )}
    </div>
  );
}

function Head({ topic }: { topic: TopicDetail }) {
  return (
    <>
      <Figures>
        <Figure label="Messages" value={count(topic.messages)} title={exact(topic.messages)} />
        <Figure label="Rate" value={rate(topic.messages_rate)} note={topic.bytes_rate === null ? undefined : `${bytes(topic.bytes_rate)}/s`} />
        <Figure label="Size" value={bytes(topic.bytes)} />
        <Figure label="Partitions" value={topic.partitions} />
        <Figure label="Retention" value={retention(topic)} />
      </Figures>
      {((topic.jobs?.length ?? 0) > 0 || (topic.tables?.length ?? 0) > 0) && (
        <p class="subline">
          {topic.jobs?.map((job) => <span key={job.id + job.role}>{job.role === 'source' ? 'read by' : 'written by'} <a href={href(['jobs', job.id])}>{shortName(job.name)}</a></span>)}
          {topic.tables?.map((table) => <span key={table.path}>table <span class="mono">{tableName(table.path)}</span></span>)}
        </p>
      )}
    </>
  );
}

function Body({ name, tab, topic, reload }: { name: string; tab: string; topic: TopicDetail | undefined; reload: () => void }) {
  if (tab === 'messages') return <Messages topic={name} partitions={topic?.partitions ?? 1} />;
  if (tab === 'produce') return <Produce topic={name} partitions={topic?.partitions ?? 1} />;
  if (tab === 'rates') return <Rates topic={name} />;
  if (!topic) return <Loading />;
  switch (tab) {
    case 'schema': return <TopicSchemas topic={topic} />;
    case 'partitions': return <TopicPartitions topic={topic} />;
    case 'consumers': return <TopicGroups topic={topic} />;
    default: return <TopicSettings topic={topic} reload={reload} />;
  }
}

function Rates({ topic }: { topic: string }) {
  const history = useResource<History>(url(['topics', topic, 'history']), { every: 2000 });
  const data = history.data.value;
  if (!data) return history.error.value ? <ErrorNote error={history.error.value} onRetry={history.reload} /> : <Loading />;
  return (
    <div class="plots">
      <Plot title="Message rate" times={data.times} format={rate} lines={[{ label: 'written', values: data.series.messages_rate ?? [] }]} sync="topic" />
      <Plot title="Messages" times={data.times} format={count} lines={[{ label: 'kept', values: data.series.messages ?? [] }]} sync="topic" />
    </div>
  );
}
