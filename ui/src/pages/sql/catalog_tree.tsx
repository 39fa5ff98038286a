import { useEffect } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { useResource } from '../../api/resource';
import type { Catalog, CatalogTable } from '../../api/types';
import { Button, ErrorNote, Loading } from '../../components/basics';
import { SearchField } from '../../components/fields';
import { Icon } from '../../components/icons';
import { narrow } from '../../theme';

interface Props {
  session: string | undefined;
  /** Grows when a statement has ended, which may have changed the catalog. */
  changes: number;
  onInsert: (text: string) => void;
}

function quoted(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : `\`${name.replace(/`/g, '``')}\``;
}

export function CatalogTree({ session, changes, onInsert }: Props) {
  const catalog = useResource<Catalog>(session && `api/sql/${session}/catalog`);
  const filter = useSignal('');
  useEffect(() => { if (changes) catalog.reload(); }, [changes]);
  const data = catalog.data.value;
  return (
    <details class="catalog" open={!narrow.value}>
      <summary>Catalog</summary>
      <nav aria-label="Catalog">
        <div class="catalog-tools"><SearchField label="Filter tables" value={filter.value} onInput={(value) => { filter.value = value; }} /><Button kind="quiet" icon="refresh" label="Read the catalog again" onClick={catalog.reload} /></div>
        {!session ? <p class="hint">Here are the tables once a session is open.</p> : !data ? (catalog.error.value ? <ErrorNote error={catalog.error.value} onRetry={catalog.reload} /> : <Loading lines={4} />) : data.catalogs.flatMap(({ name, databases }) => databases.map((database) => (
          <Database key={`${name}.${database.name}`} path={`${name}.${database.name}`} current={name === data.current_catalog && database.name === data.current_database}
            tables={database.tables.filter((table) => table.name.toLowerCase().includes(filter.value.toLowerCase()))} onInsert={onInsert} />
        )))}
      </nav>
    </details>
  );
}

function Database({ path, current, tables, onInsert }: { path: string; current: boolean; tables: CatalogTable[]; onInsert: (text: string) => void }) {
  const prefix = current ? '' : `${path.split('.').map(quoted).join('.')}.`;
  return (
    <section class="catalog-database" aria-label={path}>
      <h3 title={path}>{path.replace('default_catalog.', '')}{current && <span class="muted"> (current)</span>}</h3>
      {tables.length === 0 ? <p class="hint">No tables yet. CREATE TABLE makes one; a topic's page has “Open as a table”.</p> : <ul>{tables.slice(0, 300).map((table) => <TableNode key={table.name} table={table} prefix={prefix} onInsert={onInsert} />)}</ul>}
      {tables.length > 300 && <p class="hint">{tables.length - 300} more; filter by name.</p>}
    </section>
  );
}

function TableNode({ table, prefix, onInsert }: { table: CatalogTable; prefix: string; onInsert: (text: string) => void }) {
  const open = useSignal(false);
  const options = Object.entries(table.options ?? {});
  return (
    <li>
      <div class="catalog-table">
        <button type="button" class="json-toggle" aria-expanded={open.value} onClick={() => { open.value = !open.value; }} title={table.comment || undefined}>
          <Icon name={open.value ? 'down' : 'right'} size={12} /><Icon name={table.kind === 'VIEW' ? 'view' : 'table'} size={14} /><span class="mono">{table.name}</span>
        </button>
        <Button kind="quiet" icon="plus" label={`Insert ${table.name}`} onClick={() => onInsert(prefix + quoted(table.name))} />
      </div>
      {open.value && (
        <>
          <ul class="catalog-columns">
            {table.columns.map((column) => (
              <li key={column.name}>
                <button type="button" class="column-button" title={`Insert ${column.name}`} onClick={() => onInsert(quoted(column.name))}><span class="mono">{column.name}</span></button>
                <span class="column-type">{column.type}{column.primary_key && ' · key'}{column.watermark && ' · event time'}{column.kind && !/^physical$/i.test(column.kind) && ` · ${column.kind.toLowerCase()}`}</span>
              </li>
            ))}
          </ul>
          {options.length > 0 && <details class="catalog-options"><summary>Options</summary><dl>{options.map(([key, value]) => <div key={key}><dt>{key}</dt><dd class="mono">{value}</dd></div>)}</dl></details>}
        </>
      )}
    </li>
  );
}
