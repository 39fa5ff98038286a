import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { route, replace } from './router';
import { getJson, url } from './api/client';
import { probeJobs } from './api/services';
import { Navigation } from './components/navigation';
import { Palette, openPalette } from './components/palette';
import { Toasts } from './components/toast';
import { ConfirmDialog } from './components/dialog';
import { Empty, ErrorNote, LinkButton, Loading } from './components/basics';
import { Overview } from './pages/overview';
import { Jobs } from './pages/jobs';
import { JobPage } from './pages/job/job';
import { TaskManagers } from './pages/task_managers';
import { TaskManagerPage } from './pages/task_manager';
import { Configuration } from './pages/configuration';
import { Topics } from './pages/topics';
import { TopicPage } from './pages/topic/topic';
import { Schemas } from './pages/schemas/schemas';
import { SchemaPage } from './pages/schemas/schema';
import { Groups } from './pages/groups/groups';
import { GroupPage } from './pages/groups/group';

/** The page of an address without a path: topics on the console's port, the overview elsewhere. */
async function home(): Promise<string> {
  const { page: first } = await getJson<{ page: string }>(url(['home'])).catch(() => ({ page: 'overview' }));
  return `#/${first}`;
}

function page(path: string[]): ComponentChildren {
  const [room, id, tab] = path;
  switch (room) {
    case 'overview': return <Overview />;
    case 'jobs': return id ? <JobPage key={id} id={id} tab={tab ?? 'graph'} /> : <Jobs />;
    case 'task-managers': return id ? <TaskManagerPage key={id} id={id} tab={tab ?? 'log'} /> : <TaskManagers />;
    case 'configuration': return <Configuration tab={id ?? 'settings'} />;
    case 'topics': return id ? <TopicPage key={id} name={id} tab={tab ?? 'messages'} /> : <Topics />;
    case 'schemas': return id ? <SchemaPage key={id} subject={id} tab={tab ?? 'versions'} /> : <Schemas />;
    case 'groups': return id ? <GroupPage key={id} id={id} tab={tab ?? 'offsets'} /> : <Groups />;
    case 'sql': return <Workspace />;
    default: return <Empty title="There is no such page"><LinkButton href="#/">Go to the start page</LinkButton></Empty>;
  }
}

/** The SQL workspace brings the editor along; it is loaded when it is first asked for. */
function Workspace() {
  const loaded = useSignal<{ page?: () => ComponentChildren; error?: Error }>({});
  useEffect(() => {
    import('./pages/sql/workspace').then(
      (module) => { loaded.value = { page: () => <module.SqlWorkspace /> }; },
      () => { loaded.value = { error: new Error('The SQL workspace could not be loaded. Is the server still there?') }; });
  }, []);
  const { page: ready, error } = loaded.value;
  return <>{error ? <ErrorNote error={error} /> : ready ? ready() : <Loading />}</>;
}

export function App() {
  const { path } = route.value;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        openPalette();
      }
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
  useEffect(() => { void probeJobs(); }, []);
  useEffect(() => { if (path.length === 0) void home().then((to) => { if (route.peek().path.length === 0) replace(to); }); }, [path.length]);
  const room = path[0] ?? '';
  return (
    <>
      <a class="skip-link" href="#main" onClick={(e) => { e.preventDefault(); document.getElementById('main')?.focus(); }}>Skip to the page</a>
      <div class="app">
        <Navigation room={room} />
        <main id="main" tabIndex={-1}>{path.length > 0 && page(path)}</main>
      </div>
      <Palette />
      <ConfirmDialog />
      <Toasts />
    </>
  );
}
