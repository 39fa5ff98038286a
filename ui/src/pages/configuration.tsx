import { useMemo } from 'preact/hooks';
import { useResource } from '../api/resource';
import { url } from '../api/client';
import type { ConfigEntry } from '../api/types';
import { Badge, Empty, ErrorNote, Loading } from '../components/basics';
import { SearchField } from '../components/fields';
import { LogView } from '../components/log_view';
import { PageHeader } from '../components/page';
import { Tabs } from '../components/tabs';
import { VirtualTable } from '../components/table';
import { route, setQuery } from '../router';

export function Configuration({ tab }: { tab: string }) {
  return (
    <div class="page fill">
      <PageHeader title="Configuration" />
      <Tabs label="Parts of the configuration" current={tab} tabs={[{ id: 'settings', label: 'Settings', href: '#/configuration' }, { id: 'log', label: 'Log', href: '#/configuration/log' }]} />
      {tab === 'log' ? <LogView address={url(['log'])} label="log" /> : <Settings />}
    </div>
  );
}

function Value({ entry }: { entry: ConfigEntry }) {
  if (entry.value === null) return entry.default ? <span class="muted" title={`default: ${entry.default}`}>{entry.default}</span> : <span class="null">not set</span>;
  return <><span title={entry.value}>{entry.value || <span class="muted">empty</span>}</span>{entry.value !== entry.default && <Badge tone="accent">set</Badge>}</>;
}

function Settings() {
  const config = useResource<{ entries: ConfigEntry[] }>(url(['config']));
  const { filter = '' } = route.value.query;
  const entries = config.data.value?.entries;
  const shown = useMemo(() => (entries ?? []).filter((entry) => `${entry.key} ${entry.doc}`.toLowerCase().includes(filter.toLowerCase())), [entries, filter]);
  if (!entries) return config.error.value ? <ErrorNote error={config.error.value} onRetry={config.reload} /> : <Loading />;
  return (
    <>
      <div class="toolbar"><SearchField label="Filter the settings" value={filter} onInput={(value) => setQuery({ filter: value })} width={280} /></div>
      <VirtualTable label="Settings" rows={shown} rowKey={(entry) => entry.key} empty={<Empty title="No setting fits the filter" />} columns={[
        { id: 'key', title: 'Key', min: 220, grow: 4, mono: true, cell: (entry) => <span title={entry.key}>{entry.key}</span> },
        { id: 'value', title: 'Value', min: 120, mono: true, cell: (entry) => <Value entry={entry} /> },
        { id: 'doc', title: 'What it does', min: 240, grow: 4, wide: true, cell: (entry) => <span title={entry.doc}>{entry.doc}</span> },
      ]} />
    </>
  );
}
