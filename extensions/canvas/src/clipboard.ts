/** Pieces of a drawing on the system's clipboard: as JSON text, so that they go from canvas to canvas. */

import { read } from './drawing';
import type { Piece } from './drawing';

export function toText(piece: Piece): string {
  return JSON.stringify({ litcanvas: 2, ...piece }, null, 1);
}

/** Read what stands on the clipboard; null where it is no piece of a canvas. */
export function fromText(text: string): Piece | null {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof given !== 'object' || given === null || !Array.isArray((given as { nodes?: unknown }).nodes)) return null;
  const { nodes, edges } = read(given);
  const known = new Set(nodes.map(node => node.id));
  if (!nodes.length || nodes.some(node => !node.component)) return null;
  return { nodes, edges: edges.filter(edge => known.has(edge.source) && known.has(edge.target)) };
}
