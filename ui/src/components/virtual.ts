// Browsers cap the height of an element (Firefox near 17.8 M pixels). Past this height scrolling is scaled.
const MAX_HEIGHT = 12_000_000;
const OVERSCAN = 6;

export interface VisibleRows {
  first: number;
  last: number;  // exclusive
  offset: number;  // of the first, in pixels
  total: number;  // height of the scrolled element
}

/** Which of `count` rows are in sight when the scroller stands at `top`. */
export function visibleRows(top: number, height: number, count: number, rowHeight: number): VisibleRows {
  const full = count * rowHeight;
  const total = Math.min(full, MAX_HEIGHT);
  const room = Math.max(total - height, 0);
  const stand = Math.min(top, room);  // a list that grew shorter has not scrolled yet
  // Where the top of the window stands in the full height: at the end of the scaled one it is at the end of both.
  const at = full > total ? (stand / room) * (full - height) : stand;
  const first = Math.max(0, Math.min(Math.floor(at / rowHeight), count) - OVERSCAN);
  const last = Math.min(count, Math.ceil((at + height) / rowHeight) + OVERSCAN);
  return { first, last, offset: first * rowHeight - at + stand, total };
}
