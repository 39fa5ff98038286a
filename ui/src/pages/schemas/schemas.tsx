import { useMemo } from 'preact/hooks';
import { useResource } from '../../api/resource';
import { url } from '../../api/client';
import type { Subject, Reach } from '../../api/types';
import { Badge, Empty, ErrorNote, Loading, StaleNote, UnreachableNote } from '../../components/basics';
import { SearchField } from '../../components/fields';
import { PageHeader } from '../../components/page';
import { VirtualTable } from '../../components/table';
import { plural } from '../../format/numbers';
import { tableName } from '../../format/names';
import { href, route, setQuery } from '../../router';

export function Schemas() {
  const schemas = useResource<{ subjects: Subject[]; compatibility: string } & Reach>(url(['schemas']), { every: 5000 });
  const { filter = '', sort = '' } = route.value.query;
  const all = schemas.data.value?.subjects;
  const shown = useMemo(() => (all ?? []).filter((subject) => subject.subject.toLowerCase().includes(filter.toLowerCase())), [all, filter]);
  return (
    <div class="page fill">
      <PageHeader title="Schemas" />
      <div class="toolbar">
        <SearchField label="Filter subjects" value={filter} onInput={(value) => setQuery({ filter: value })} width={280} />
        {all && <span class="muted" role="status">{plural(shown.length, 'subject')}; compatibility unless set: {schemas.data.value!.compatibility}</span>}
      </div>
      <StaleNote error={all ? schemas.error.value : undefined} />
      <UnreachableNote list={schemas.data.value} />
      {!all ? (schemas.error.value ? <ErrorNote error={schemas.error.value} onRetry={schemas.reload} /> : <Loading lines={8} />) : (
        <VirtualTable label="Subjects" rows={shown} rowKey={(subject) => subject.subject} rowHref={(subject) => href(['schemas', subject.subject])} sort={sort} onSort={(next) => setQuery({ sort: next })}
          empty={all.length ? <Empty title="No subject fits the filter" /> : <Empty title="No schema is registered" icon="schemas">Producers and jobs that write Avro register theirs.</Empty>} columns={[
            { id: 'subject', title: 'Subject', min: 190, grow: 3, sort: (subject) => subject.subject, cell: (subject) => subject.subject },
            { id: 'type', title: 'Type', min: 90, sort: (subject) => subject.type, cell: (subject) => <Badge tone="accent">{subject.type.toLowerCase()}</Badge> },
            { id: 'version', title: 'Version', min: 76, align: 'right', sort: (subject) => subject.version, cell: (subject) => subject.version },
            { id: 'id', title: 'Id', min: 60, align: 'right', wide: true, sort: (subject) => subject.id, cell: (subject) => subject.id },
            { id: 'compatibility', title: 'Compatibility', min: 160, wide: true, sort: (subject) => subject.compatibility, cell: (subject) => subject.compatibility },
            { id: 'topics', title: 'Topics', min: 150, grow: 2, wide: true, cell: (subject) => (subject.topics ?? []).map((topic) => <a key={topic} href={href(['topics', topic])}>{topic}</a>) },
            { id: 'tables', title: 'Tables', min: 150, grow: 2, wide: true, cell: (subject) => (subject.tables ?? []).map((table) => <Badge key={table} title={table}>{tableName(table)}</Badge>) },
          ]} />
      )}
    </div>
  );
}
