import { Component, type ComponentChildren } from 'preact';
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { narrow } from '../theme';
import { navigate } from '../router';
import { visibleRows } from './virtual';

export interface TableColumn<T> {
  id: string;
  title: string;
  cell: (row: T, index: number) => ComponentChildren;
  /** Least width in pixels; what is left over is shared by `grow`. */
  min: number;
  grow?: number;
  align?: 'right';
  mono?: boolean;
  /** Left out on narrow windows. */
  wide?: boolean;
  sort?: (row: T) => number | string | null;
}

interface Props<T> {
  label: string;
  columns: TableColumn<T>[];
  rows: T[];
  rowKey: (row: T, index: number) => string | number;
  rowHref?: (row: T) => string;
  onSelect?: (row: T) => void;
  selected?: string | number;
  rowClass?: (row: T) => string;
  /** "messages" upwards, "-messages" downwards. */
  sort?: string;
  onSort?: (sort: string) => void;
  /** Rows shown before the table scrolls; without it the table fills its place. */
  maxRows?: number;
  rowHeight?: number;
  empty?: ComponentChildren;
  /** Stays at the newest row while one is there. */
  follow?: boolean;
}

const HEAD = 34;  // pixels of the head, which stays in sight

export function sortRows<T>(rows: T[], columns: TableColumn<T>[], sort: string): T[] {
  const down = sort.startsWith('-');
  const by = columns.find((column) => column.id === sort.replace(/^-/, ''))?.sort;
  if (!by) return rows;
  const keyed = rows.map((row) => ({ row, key: by(row) }));
  keyed.sort((a, b) => compare(a.key, b.key) * (down ? -1 : 1));
  return keyed.map(({ row }) => row);
}

function compare(a: number | string | null, b: number | string | null): number {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  return a < b ? -1 : 1;
}

/** A table that draws only the rows in sight, so that its length does not matter. */
export function VirtualTable<T>(props: Props<T>) {
  const { label, rows, rowKey, rowHeight = 32, maxRows, sort = '', follow } = props;
  const columns = useMemo(() => props.columns.filter((column) => !(narrow.value && column.wide)), [props.columns, narrow.value]);
  const scroller = useRef<HTMLDivElement>(null);
  const top = useSignal(0);
  const height = useSignal(600);
  const sorted = useMemo(() => (sort ? sortRows(rows, columns, sort) : rows), [rows, sort]);

  useLayoutEffect(() => {
    const element = scroller.current!;
    const observer = new ResizeObserver(() => { height.value = element.clientHeight - HEAD; });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  useLayoutEffect(() => {
    if (follow) scroller.current!.scrollTop = scroller.current!.scrollHeight;
  }, [rows.length, follow]);

  const { first, last, offset, total } = visibleRows(top.value, height.value, sorted.length, rowHeight);
  const template = columns.map(({ min, grow }) => (grow ? `minmax(${min}px, ${grow}fr)` : `${min}px`)).join(' ');
  const minWidth = columns.reduce((sum, { min }) => sum + min, 0);
  const size = maxRows === undefined ? undefined : { height: `${Math.min(Math.max(sorted.length, 1), maxRows) * rowHeight + HEAD}px`, flex: 'none' };

  const onKeyDown = (event: KeyboardEvent) => {
    if (!props.onSelect || (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') || (event.target as HTMLElement).tagName === 'INPUT') return;
    event.preventDefault();
    const at = sorted.findIndex((row, index) => rowKey(row, index) === props.selected);
    const next = Math.min(Math.max(at + (event.key === 'ArrowDown' ? 1 : -1), 0), sorted.length - 1);
    props.onSelect(sorted[next]);
    const y = next * rowHeight;
    const element = scroller.current!;
    if (y < element.scrollTop) element.scrollTop = y;
    else if (y + rowHeight > element.scrollTop + element.clientHeight - HEAD) element.scrollTop = y + rowHeight - element.clientHeight + HEAD;
  };

  return (
    <div class="table-frame">
      <div ref={scroller} class="table" role="table" aria-label={label} aria-rowcount={sorted.length + 1} tabIndex={0} style={size}
        onScroll={(e) => { top.value = total < sorted.length * rowHeight ? e.currentTarget.scrollTop : Math.floor(e.currentTarget.scrollTop / rowHeight) * rowHeight; }} onKeyDown={onKeyDown}>
        <div class="table-inner" role="presentation" style={{ minWidth: `${minWidth}px` }}>
          {columns.length > 0 && (
            <div role="rowgroup" class="table-head">
              <div role="row" aria-rowindex={1} class="row" style={{ gridTemplateColumns: template }}>
                {columns.map((column) => <Head key={column.id} column={column} sort={sort} onSort={props.onSort} />)}
              </div>
            </div>
          )}
          <div role="rowgroup" class="table-body" style={{ height: `${total}px` }}>
            <div role="presentation" style={{ transform: `translateY(${offset}px)` }}>
              {sorted.slice(first, last).map((row, i) => <Row key={rowKey(row, first + i)} {...{ row, index: first + i, columns, template, rowHeight, props }} />)}
            </div>
          </div>
        </div>
      </div>
      {sorted.length === 0 && <div class="table-empty">{props.empty ?? 'Nothing here yet.'}</div>}
    </div>
  );
}

function Head<T>({ column, sort, onSort }: { column: TableColumn<T>; sort: string; onSort?: (sort: string) => void }) {
  const direction = sort === column.id ? 'ascending' : sort === `-${column.id}` ? 'descending' : undefined;
  const next = direction === undefined ? `-${column.id}` : direction === 'descending' ? column.id : '';
  return (
    <div role="columnheader" class={column.align} aria-sort={direction}>
      {column.sort && onSort
        ? <button type="button" class="sorter" onClick={() => onSort(next)}>{column.title}<span aria-hidden="true">{direction === 'ascending' ? ' ↑' : direction === 'descending' ? ' ↓' : ''}</span></button>
        : column.title}
    </div>
  );
}

interface RowProps<T> {
  row: T;
  index: number;
  columns: TableColumn<T>[];
  template: string;
  rowHeight: number;
  props: Props<T>;
}

/** Drawn again only when something of it has changed: scrolling then draws the new rows only. */
class Row<T> extends Component<RowProps<T>> {
  override shouldComponentUpdate(next: RowProps<T>): boolean {
    const { row, index, columns, props } = this.props;
    return row !== next.row || index !== next.index || columns !== next.columns || props !== next.props;
  }

  override render(all: RowProps<T>) { return drawRow(all); }
}

function drawRow<T>({ row, index, columns, template, rowHeight, props }: RowProps<T>) {
  const { rowHref, onSelect, selected, rowClass, rowKey } = props;
  const picked = selected !== undefined && selected === rowKey(row, index);
  const onClick = (event: MouseEvent) => {
    if ((event.target as HTMLElement).closest('a, button, input, select') || getSelection()?.toString()) return;
    if (rowHref) navigate(rowHref(row));
    else onSelect?.(row);
  };
  return (
    <div role="row" aria-rowindex={index + 2} class={`row${rowHref || onSelect ? ' open' : ''}${picked ? ' picked' : ''} ${rowClass?.(row) ?? ''}`}
      style={{ gridTemplateColumns: template, height: `${rowHeight}px` }} onClick={onClick}>
      {columns.map((column, i) => (
        <div key={column.id} role="cell" class={`${column.align ?? ''}${column.mono ? ' mono' : ''}`}>
          {i === 0 && rowHref ? <a href={rowHref(row)}>{column.cell(row, index)}</a>
            : i === 0 && onSelect ? <button type="button" class="row-button" aria-expanded={picked} onClick={() => onSelect(row)}>{column.cell(row, index)}</button>
            : column.cell(row, index)}
        </div>
      ))}
    </div>
  );
}
