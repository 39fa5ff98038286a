import { useEffect } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { useResource } from '../api/resource';
import type { Info } from '../api/types';
import { hasJobs } from '../api/services';
import { url } from '../api/client';
import { nextTheme, theme } from '../theme';
import { setZone, zone, zoneName } from '../format/time';
import { Icon, type IconName } from './icons';
import { Button } from './basics';
import { openPalette } from './palette';
import { route } from '../router';

export const PAGES: { group: string; pages: { room: string; label: string; icon: IconName }[] }[] = [
  { group: 'Jobs', pages: [
    { room: 'overview', label: 'Overview', icon: 'overview' },
    { room: 'jobs', label: 'Jobs', icon: 'jobs' },
    { room: 'task-managers', label: 'Task managers', icon: 'machines' },
    { room: 'configuration', label: 'Configuration', icon: 'config' },
  ] },
  { group: 'Kafka', pages: [
    { room: 'topics', label: 'Topics', icon: 'topics' },
    { room: 'schemas', label: 'Schemas', icon: 'schemas' },
    { room: 'groups', label: 'Consumer groups', icon: 'groups' },
  ] },
  { group: 'SQL', pages: [{ room: 'sql', label: 'SQL workspace', icon: 'sql' }] },
];

const THEME_ICONS = { system: 'auto', light: 'sun', dark: 'moon' } as const;

export function Navigation({ room }: { room: string }) {
  const open = useSignal(false);
  useEffect(() => { open.value = false; }, [route.value]);
  return (
    <header class={`side${open.value ? ' open' : ''}`}>
      <div class="side-top">
        <a class="brand" href="#/" aria-label="Millrace, start page">
          <svg width="22" height="22" viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="7" class="brand-mark" /><path d="M6 12c4-4 6 4 10 0s6 4 10 0M6 20c4-4 6 4 10 0s6 4 10 0" class="brand-line" /></svg>
          <span>Millrace</span>
        </a>
        <button type="button" class="button quiet only-icon menu-button" aria-label="Menu" aria-expanded={open.value} onClick={() => { open.value = !open.value; }}><Icon name={open.value ? 'close' : 'menu'} /></button>
      </div>
      <div class="side-body">
        <button type="button" class="palette-button" onClick={openPalette}><Icon name="search" /><span>Go to …</span><kbd>Ctrl K</kbd></button>
        <nav aria-label="Pages">
          {PAGES.filter(({ group }) => hasJobs.value || group === 'Kafka').map(({ group, pages }) => (
            <div key={group} class="nav-group">
              <h2>{group}</h2>
              <ul>{pages.map((page) => <li key={page.room}><a href={`#/${page.room}`} aria-current={page.room === room ? 'page' : undefined}><Icon name={page.icon} />{page.label}</a></li>)}</ul>
            </div>
          ))}
        </nav>
        <Foot />
      </div>
    </header>
  );
}

function Foot() {
  const info = useResource<Info>(url(['info']), { every: 10_000 });
  const { data, error } = info;
  return (
    <div class="side-foot">
      <ul class="services" aria-label="Services" aria-live="polite">
        <Service name="Server" up={!error.value || error.value.status === 404} text={error.value?.status === 0 ? 'does not answer' : data.value ? data.value.version : '…'} />
        {data.value && <Service name="Kafka" up={data.value.kafka.reachable} text={data.value.kafka.embedded ? 'embedded' : data.value.kafka.bootstrap} title={data.value.kafka.error || data.value.kafka.bootstrap} />}
        {data.value && <Service name="Registry" up={data.value.registry.reachable} text={data.value.registry.embedded ? 'embedded' : data.value.registry.url} title={data.value.registry.error || data.value.registry.url} />}
      </ul>
      <div class="side-settings">
        <Button kind="quiet" icon={THEME_ICONS[theme.value]} label={`Colours: ${theme.value}; press to change`} onClick={nextTheme} />
        <button type="button" class="button quiet zone-button" title={`Times are shown in ${zoneName()}; press to change`} onClick={() => setZone(zone.value === 'UTC' ? 'local' : 'UTC')}>
          <Icon name="clock" /><span>{zoneName()}</span>
        </button>
      </div>
    </div>
  );
}

function Service({ name, up, text, title }: { name: string; up: boolean; text: string; title?: string }) {
  return (
    <li title={title}>
      <span class={`dot ${up ? 'good' : 'bad'}`} aria-hidden="true" />
      <span>{name}</span><span class="muted">{up ? text : 'unreachable'}</span>
    </li>
  );
}
