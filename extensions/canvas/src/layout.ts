/** Where nodes go when nobody placed them: in layers from left to right, by dagre. */

import dagre from '@dagrejs/dagre';
import { ids, move } from './drawing';
import type { Drawing, Place } from './types';

export const GRID = 8;
export const WIDTH = 144; // of a node, as in style.css
const HEIGHT = 48;
const BETWEEN = { ranksep: 96, nodesep: 40 };

/** Return a place for every node; those without a wire stand in a row above the others. */
export function layout(drawing: Drawing, heights: ReadonlyMap<string, number> = new Map()): Map<string, Place> {
  const known = ids(drawing);
  const edges = drawing.edges.filter(edge => known.has(edge.source) && known.has(edge.target));
  const wired = new Set(edges.flatMap(edge => [edge.source, edge.target]));
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  graph.setGraph({ rankdir: 'LR', ...BETWEEN });
  graph.setDefaultEdgeLabel(() => ({}));
  const high = (id: string) => heights.get(id) ?? HEIGHT;
  for (const node of drawing.nodes) {
    if (wired.has(node.id)) graph.setNode(node.id, { width: WIDTH, height: high(node.id) });
  }
  edges.forEach((edge, at) => graph.setEdge(edge.source, edge.target, {}, String(at)));
  dagre.layout(graph);
  const places = new Map<string, Place>();
  for (const id of graph.nodes()) {
    const { x, y } = graph.node(id);
    places.set(id, { x: onGrid(x - WIDTH / 2), y: onGrid(y - high(id) / 2) });
  }
  const alone = drawing.nodes.filter(node => !wired.has(node.id));
  const top = places.size ? Math.min(...[...places.values()].map(place => place.y)) : 0;
  alone.forEach((node, at) => {
    const y = top - Math.max(...alone.map(one => high(one.id))) - (places.size ? BETWEEN.nodesep : 0);
    places.set(node.id, { x: onGrid(at * (WIDTH + BETWEEN.nodesep)), y: onGrid(y) });
  });
  return places;
}

export function onGrid(value: number): number {
  return Math.round(value / GRID) * GRID;
}

/** Return the place nearest to the wanted one on which no node stands. */
export function free(drawing: Drawing, wanted: Place): Place {
  const place = { x: onGrid(wanted.x), y: onGrid(wanted.y) };
  const taken = (at: Place) =>
    drawing.nodes.some(({ position: { x, y } }) => Math.abs(x - at.x) < WIDTH && Math.abs(y - at.y) < HEIGHT + 2 * GRID);
  for (let down = 0; taken(place) && down < 40; down += 1) place.y += HEIGHT + 4 * GRID;
  return place;
}

/** Lay a canvas out that nobody has: every node at one place. */
export function placed(drawing: Drawing): Drawing {
  const spots = new Set(drawing.nodes.map(({ position: { x, y } }) => `${x} ${y}`));
  return drawing.nodes.length > 1 && spots.size === 1 ? move(drawing, layout(drawing)) : drawing;
}
