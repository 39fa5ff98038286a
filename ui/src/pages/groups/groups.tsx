import { useMemo } from 'preact/hooks';
import { useResource } from '../../api/resource';
import { url } from '../../api/client';
import type { Group, Reach } from '../../api/types';
import { Badge, Empty, ErrorNote, Loading, Num, StaleNote, StateBadge, UnreachableNote } from '../../components/basics';
import { SearchField } from '../../components/fields';
import { PageHeader } from '../../components/page';
import { VirtualTable } from '../../components/table';
import { plural } from '../../format/numbers';
import { href, route, setQuery } from '../../router';

export function Groups() {
  const groups = useResource<{ groups: Group[] } & Reach>(url(['groups']), { every: 2000 });
  const { filter = '', sort = '' } = route.value.query;
  const all = groups.data.value?.groups;
  const shown = useMemo(() => (all ?? []).filter((group) => `${group.id} ${group.topics?.join(' ')}`.toLowerCase().includes(filter.toLowerCase())), [all, filter]);
  return (
    <div class="page fill">
      <PageHeader title="Consumer groups" />
      <div class="toolbar">
        <SearchField label="Filter by group or topic" value={filter} onInput={(value) => setQuery({ filter: value })} width={280} />
        <span class="muted" role="status">{all && plural(shown.length, 'group')}</span>
      </div>
      <StaleNote error={all ? groups.error.value : undefined} />
      <UnreachableNote list={groups.data.value} />
      {!all ? (groups.error.value ? <ErrorNote error={groups.error.value} onRetry={groups.reload} /> : <Loading lines={8} />) : (
        <VirtualTable label="Consumer groups" rows={shown} rowKey={(group) => group.id} rowHref={(group) => href(['groups', group.id])} sort={sort} onSort={(next) => setQuery({ sort: next })}
          empty={all.length ? <Empty title="No group fits the filter" /> : <Empty title="No consumer group has committed an offset" icon="groups" />} columns={[
            { id: 'id', title: 'Group', min: 180, grow: 3, sort: (group) => group.id, cell: (group) => group.id },
            { id: 'state', title: 'State', min: 110, sort: (group) => group.state, cell: (group) => <StateBadge state={group.state} /> },
            { id: 'lag', title: 'Lag', min: 80, align: 'right', sort: (group) => group.lag, cell: (group) => <Num value={group.lag} /> },
            { id: 'members', title: 'Members', min: 80, align: 'right', wide: true, sort: (group) => group.members, cell: (group) => group.members },
            { id: 'topics', title: 'Topics', min: 160, grow: 3, wide: true, cell: (group) => (group.topics ?? []).slice(0, 3).map((topic) => <a key={topic} href={href(['topics', topic])}>{topic}</a>) },
            { id: 'job', title: 'Job', min: 124, wide: true, cell: (group) => group.job && <a href={href(['jobs', group.job])}><Badge tone="good">job {group.job.slice(0, 8)}</Badge></a> },
          ]} />
      )}
    </div>
  );
}
