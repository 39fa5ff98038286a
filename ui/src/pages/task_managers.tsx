import { useResource } from '../api/resource';
import { url } from '../api/client';
import type { TaskManager } from '../api/types';
import { ErrorNote, Loading, StaleNote } from '../components/basics';
import { PageHeader } from '../components/page';
import { ManagerTable, managersOf } from './overview';

export function TaskManagers() {
  const managers = useResource<{ task_managers: TaskManager[] }>(url(['task-managers']), { every: 1000 });
  const data = managers.data.value;
  return (
    <div class="page">
      <PageHeader title="Task managers" />
      <StaleNote error={data ? managers.error.value : undefined} />
      {!data ? (managers.error.value ? <ErrorNote error={managers.error.value} onRetry={managers.reload} /> : <Loading />) : <ManagerTable managers={managersOf(data)} now={Date.now()} />}
    </div>
  );
}
