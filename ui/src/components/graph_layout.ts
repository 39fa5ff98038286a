import * as dagre from '@dagrejs/dagre';

export interface Box {
  id: string;
  width: number;
  height: number;
}

export interface Link {
  from: string;
  to: string;
  label: string;
  /** Room for what stands on the link. */
  width: number;
  height: number;
}

export interface Layout {
  width: number;
  height: number;
  boxes: { id: string; x: number; y: number }[];
  links: { link: Link; path: string; x: number; y: number }[];
}

interface Point {
  x: number;
  y: number;
}

/** Layers from left to right (LR) or from top to bottom (TB); `x`, `y` of a box are its upper left corner. */
export function layoutGraph(boxes: Box[], links: Link[], direction: 'LR' | 'TB'): Layout {
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  graph.setGraph({ rankdir: direction, nodesep: 28, ranksep: direction === 'LR' ? 36 : 28, marginx: 4, marginy: 4 });
  graph.setDefaultEdgeLabel(() => ({}));
  const known = new Set(boxes.map(({ id }) => id));
  for (const { id, width, height } of boxes) graph.setNode(id, { width, height });
  const drawn = links.filter(({ from, to }) => known.has(from) && known.has(to));
  drawn.forEach((link, i) => graph.setEdge(link.from, link.to, { width: link.width, height: link.height, labelpos: 'c' }, String(i)));
  dagre.layout(graph);
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  return {
    width,
    height,
    boxes: boxes.map(({ id, width: w, height: h }) => {
      const { x, y } = graph.node(id) as Point;
      return { id, x: x - w / 2, y: y - h / 2 };
    }),
    links: drawn.map((link, i) => {
      const edge = graph.edge(link.from, link.to, String(i)) as { points: Point[] } & Point;
      return { link, path: curve(edge.points, direction), x: edge.x, y: edge.y };
    }),
  };
}

/** Smooth through all points, leaving and arriving along the layers' direction. */
function curve(points: Point[], direction: 'LR' | 'TB'): string {
  let path = `M${points[0].x} ${points[0].y}`;
  for (let i = 1; i < points.length; i++) {
    const a = points[i - 1];
    const b = points[i];
    const middle = direction === 'LR' ? (a.x + b.x) / 2 : (a.y + b.y) / 2;
    path += direction === 'LR' ? `C${middle} ${a.y} ${middle} ${b.y} ${b.x} ${b.y}` : `C${a.x} ${middle} ${b.x} ${middle} ${b.x} ${b.y}`;
  }
  return path;
}
