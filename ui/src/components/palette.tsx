import { useEffect, useMemo, useRef } from 'preact/hooks';
import { signal, useSignal } from '@preact/signals';
import { getJson, url } from '../api/client';
import type { Group, JobSummary, Subject, Topic } from '../api/types';
import { href, navigate } from '../router';
import { shortName } from '../format/names';
import { setTheme } from '../theme';
import { setZone } from '../format/time';
import { Icon, type IconName } from './icons';
import { PAGES } from './navigation';
import { matching } from './palette_match';

export interface Action {
  label: string;
  kind: string;
  icon: IconName;
  run: () => void;
}

const opened = signal(false);
const pageActions = signal<Action[]>([]);

export function openPalette(): void {
  opened.value = true;
}

/** What the present page can do, for the palette, while the page is there. */
export function useActions(actions: Action[], deps: unknown[]): void {
  useEffect(() => {
    pageActions.value = [...pageActions.peek(), ...actions];
    return () => { pageActions.value = pageActions.peek().filter((action) => !actions.includes(action)); };
  }, deps);
}

function go(kind: string, icon: IconName, label: string, to: string): Action {
  return { kind, icon, label, run: () => navigate(to) };
}

const FIXED: Action[] = [
  ...PAGES.flatMap(({ pages }) => pages.map((page) => go('Page', page.icon, page.label, `#/${page.room}`))),
  go('Page', 'config', 'Log of the job manager', '#/configuration/log'),
  { kind: 'Setting', icon: 'moon', label: 'Colours: dark', run: () => setTheme('dark') },
  { kind: 'Setting', icon: 'sun', label: 'Colours: light', run: () => setTheme('light') },
  { kind: 'Setting', icon: 'auto', label: 'Colours: as the system', run: () => setTheme('system') },
  { kind: 'Setting', icon: 'clock', label: 'Times in UTC', run: () => setZone('UTC') },
  { kind: 'Setting', icon: 'clock', label: 'Times in the local zone', run: () => setZone('local') },
];

/** Everything with a name; what cannot be read is left out. */
async function named(): Promise<Action[]> {
  const list = <T,>(path: string, pick: (answer: T) => Action[]) => getJson<T>(url([path])).then(pick, () => []);
  const all = await Promise.all([
    list<{ jobs: JobSummary[] }>('jobs', ({ jobs }) => jobs.map((job) => go('Job', 'jobs', `${shortName(job.name)} (${job.state.toLowerCase()}, ${job.id.slice(0, 8)})`, href(['jobs', job.id])))),
    list<{ topics: Topic[] }>('topics', ({ topics }) => topics.map((topic) => go('Topic', 'topics', topic.name, href(['topics', topic.name])))),
    list<{ subjects: Subject[] }>('schemas', ({ subjects }) => subjects.map((subject) => go('Schema', 'schemas', subject.subject, href(['schemas', subject.subject])))),
    list<{ groups: Group[] }>('groups', ({ groups }) => groups.map((group) => go('Group', 'groups', group.id, href(['groups', group.id])))),
  ]);
  return all.flat();
}

export function Palette() {
  return opened.value ? <PaletteDialog /> : null;
}

function PaletteDialog() {
  const dialog = useRef<HTMLDialogElement>(null);
  const text = useSignal('');
  const at = useSignal(0);
  const found = useSignal<Action[]>([]);
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    dialog.current!.showModal();
    void named().then((actions) => { found.value = actions; });
    return () => before?.focus?.();
  }, []);
  const shown = useMemo(() => matching([...pageActions.value, ...FIXED, ...found.value], text.value, 50), [text.value, found.value, pageActions.value]);
  const close = () => { opened.value = false; };
  const run = (action: Action | undefined) => {
    if (!action) return;
    close();
    action.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && shown.length) {
      event.preventDefault();
      at.value = (at.value + step + shown.length) % shown.length;
      document.getElementById(`palette-${at.value}`)?.scrollIntoView({ block: 'nearest' });
    } else if (event.key === 'Enter') {
      event.preventDefault();
      run(shown[at.value]);
    }
  };
  return (
    <dialog ref={dialog} class="palette" aria-label="Go to a page or run an action" onCancel={(e) => { e.preventDefault(); close(); }}
      onClick={(e) => { if (e.target === dialog.current) close(); }}>
      <div class="palette-input">
        <Icon name="search" />
        <input type="text" role="combobox" aria-expanded="true" aria-controls="palette-list" aria-activedescendant={shown.length ? `palette-${at.value}` : undefined} aria-label="Search pages, jobs, topics, schemas, groups and actions"
          placeholder="Pages, jobs, topics, schemas, groups, actions" autocomplete="off" spellcheck={false} value={text.value} onKeyDown={onKeyDown}
          onInput={(e) => { text.value = e.currentTarget.value; at.value = 0; }} />
      </div>
      <ul id="palette-list" role="listbox" aria-label="Found">
        {shown.map((action, i) => (
          <li key={`${action.kind}${action.label}${i}`} id={`palette-${i}`} role="option" aria-selected={i === at.value} onMouseMove={() => { at.value = i; }} onClick={() => run(action)}>
            <Icon name={action.icon} /><span class="palette-label">{action.label}</span><span class="palette-kind">{action.kind}</span>
          </li>
        ))}
      </ul>
      {shown.length === 0 && <p class="palette-none" role="status">Nothing is called that.</p>}
    </dialog>
  );
}
