import type { ResultRow } from '../api/gateway';

/**
 * The table a changelog amounts to. Rows keep their place: an UPDATE_AFTER takes that of the UPDATE_BEFORE before it.
 * Nothing is indexed until the first row is taken back, so an insert-only result of a million rows is an array.
 */
export class MaterializedTable {
  private slots: ((string | null)[] | null)[] = [];
  private index: Map<string, number[]> | null = null;
  private holes = 0;
  private reusable: number[] = [];

  get size(): number {
    return this.slots.length - this.holes;
  }

  apply(rows: ResultRow[]): void {
    for (const { kind, fields } of rows) {
      if (kind === 'INSERT') this.add(fields);
      else if (kind === 'UPDATE_AFTER') this.add(fields, this.reusable.shift());
      else this.remove(fields, kind === 'UPDATE_BEFORE');
    }
    if (this.holes > 1000 && this.holes > this.slots.length / 2) this.compact();
  }

  /** The rows in order. */
  rows(): (string | null)[][] {
    return (this.holes ? this.slots.filter((fields) => fields !== null) : this.slots) as (string | null)[][];
  }

  private add(fields: (string | null)[], slot?: number): void {
    let at: number;
    if (slot !== undefined && this.slots[slot] === null) {
      at = slot;
      this.slots[at] = fields;
      this.holes--;
    } else {
      at = this.slots.push(fields) - 1;
    }
    if (this.index) this.remember(keyOf(fields), at);
  }

  private remove(fields: (string | null)[], updated: boolean): void {
    this.index ??= this.buildIndex();
    const key = keyOf(fields);
    const places = this.index.get(key);
    const at = places?.pop();
    if (at === undefined) return;
    if (places!.length === 0) this.index.delete(key);
    this.slots[at] = null;
    this.holes++;
    if (updated) this.reusable.push(at);
  }

  private remember(key: string, at: number): void {
    const places = this.index!.get(key);
    if (places) places.push(at);
    else this.index!.set(key, [at]);
  }

  private buildIndex(): Map<string, number[]> {
    this.index = new Map();
    this.slots.forEach((fields, at) => { if (fields) this.remember(keyOf(fields), at); });
    return this.index;
  }

  // A row whose update is half here keeps its place: the hole is dropped, its row comes back at the end.
  private compact(): void {
    this.slots = this.slots.filter((fields) => fields !== null);
    this.holes = 0;
    this.reusable = [];
    if (this.index) this.buildIndex();
  }
}

function keyOf(fields: (string | null)[]): string {
  return JSON.stringify(fields);
}
