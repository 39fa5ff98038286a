import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { layoutGraph, type Box, type Link } from './graph_layout';
import { narrow } from '../theme';

interface Props<T extends Box> {
  boxes: T[];
  links: Link[];
  label: string;
  box: (box: T) => ComponentChildren;
  /** What stands on a link, in its middle. */
  link?: (link: Link) => ComponentChildren;
  linkClass?: (link: Link) => string;
}

/** Boxes of HTML at the places of a layered layout, links between them as SVG curves. */
export function Graph<T extends Box>({ boxes, links, label, box, link, linkClass }: Props<T>) {
  const shape = JSON.stringify([boxes.map(({ id, width, height }) => [id, width, height]), links]);
  const frame = useRef<HTMLDivElement>(null);
  const room = useSignal(1200);
  useLayoutEffect(() => {
    const observer = new ResizeObserver(() => { room.value = frame.current!.clientWidth; });
    observer.observe(frame.current!);
    return () => observer.disconnect();
  }, []);
  const across = useMemo(() => layoutGraph(boxes, links, 'LR'), [shape]);
  const down = useMemo(() => layoutGraph(boxes, links, 'TB'), [shape]);
  const layout = narrow.value || (across.width > room.value && down.width < across.width) ? down : across;
  const scale = Math.max(0.6, Math.min(1, (room.value - 8) / layout.width));
  return (
    <div ref={frame} class="graph" role="group" aria-label={label} tabIndex={0}>
      <div style={{ width: `${layout.width * scale}px`, height: `${layout.height * scale}px`, margin: '0 auto' }}>
        <div class="graph-plane" style={{ width: `${layout.width}px`, height: `${layout.height}px`, transform: scale < 1 ? `scale(${scale})` : undefined }}>
          <svg width={layout.width} height={layout.height} aria-hidden="true">
            <defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="5" markerHeight="5" orient="auto"><path d="M0 0L8 4L0 8z" /></marker></defs>
            {layout.links.map((placed, i) => <path key={i} class={`graph-link ${linkClass?.(placed.link) ?? ''}`} d={placed.path} marker-end="url(#arrow)" />)}
          </svg>
          {layout.boxes.map(({ id, x, y }) => {
            const found = boxes.find((candidate) => candidate.id === id)!;
            return <div key={id} class="graph-box" style={{ left: `${x}px`, top: `${y}px`, width: `${found.width}px`, height: `${found.height}px` }}>{box(found)}</div>;
          })}
          {link && layout.links.map((placed, i) => <div key={i} class="graph-label" style={{ left: `${placed.x}px`, top: `${placed.y}px` }}>{link(placed.link)}</div>)}
        </div>
      </div>
    </div>
  );
}
