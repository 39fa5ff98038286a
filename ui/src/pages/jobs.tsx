import { useMemo } from 'preact/hooks';
import { useResource } from '../api/resource';
import { url } from '../api/client';
import type { JobSummary } from '../api/types';
import { Empty, ErrorNote, LinkButton, Loading, StaleNote } from '../components/basics';
import { SearchField, Segments } from '../components/fields';
import { PageHeader } from '../components/page';
import { VirtualTable } from '../components/table';
import { plural } from '../format/numbers';
import { href, route, setQuery } from '../router';
import { isEnded, jobColumns } from './job_columns';

const STATES = [{ value: '', label: 'All' }, { value: 'live', label: 'Running' }, { value: 'ended', label: 'Ended' }, { value: 'failed', label: 'Failed' }];

function fits(job: JobSummary, state: string, words: string[]): boolean {
  if (state === 'live' && isEnded(job)) return false;
  if (state === 'ended' && !isEnded(job)) return false;
  if (state === 'failed' && job.state !== 'FAILED') return false;
  const text = `${job.name} ${job.id} ${job.state} ${(job.sources ?? []).join(' ')} ${(job.sinks ?? []).join(' ')}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

export function Jobs() {
  const jobs = useResource<{ jobs: JobSummary[] }>(url(['jobs']), { every: 1000 });
  const { filter = '', state = '', sort = '' } = route.value.query;
  const all = jobs.data.value?.jobs;
  const shown = useMemo(() => {
    const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
    const list = (all ?? []).filter((job) => fits(job, state, words));
    return sort ? list : list.sort((a, b) => Number(isEnded(a)) - Number(isEnded(b)) || b.start_millis - a.start_millis);
  }, [all, filter, state, sort]);
  return (
    <div class="page fill">
      <PageHeader title="Jobs" actions={<LinkButton href="#/sql" icon="sql" kind="primary">Write SQL</LinkButton>} />
      <div class="toolbar">
        <SearchField label="Filter by name, table or id" value={filter} onInput={(value) => setQuery({ filter: value })} width={280} />
        <Segments label="State" value={state} choices={STATES} onChange={(value) => setQuery({ state: value })} />
        <span class="muted" role="status">{all && (shown.length === all.length ? plural(all.length, 'job') : `${shown.length} of ${plural(all.length, 'job')}`)}</span>
      </div>
      <StaleNote error={all ? jobs.error.value : undefined} />
      {!all ? (jobs.error.value ? <ErrorNote error={jobs.error.value} onRetry={jobs.reload} /> : <Loading lines={10} />) : (
        <VirtualTable label="Jobs" columns={jobColumns(true)} rows={shown} rowKey={(job) => job.id} rowHref={(job) => href(['jobs', job.id])}
          sort={sort} onSort={(next) => setQuery({ sort: next })}
          empty={all.length ? <Empty title="No job fits the filter" /> : <Empty title="No job has run yet" icon="jobs">Start one in the <a href="#/sql">SQL workspace</a>.</Empty>} />
      )}
    </div>
  );
}
