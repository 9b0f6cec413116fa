/** What can be done to a drawing: pure functions that give back the new one, or the same where nothing changes. */

import type { Component, DrawnNode, Drawing, Json, Params, Place, Wire } from './types';

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

export const EMPTY: Drawing = { nodes: [], edges: [], settings: {} };

/** Read what a host gave; what is no canvas is an empty one, and unknown keys are kept. `renamed` hears of nodes
 * whose id another has already: they are drawn under the id that comes second. */
export function read(given: unknown, renamed: (from: string, to: string) => void = () => {}): Drawing {
  const body = isObject(given) ? given : {};
  const taken = new Set<string>();
  const nodes = list(body.nodes).filter(isObject).map(one => {
    const wanted = String(one.id ?? one.component ?? 'node');
    const id = fresh(wanted, taken);
    if (id !== wanted) renamed(wanted, id);
    taken.add(id);
    const place = isObject(one.position) ? one.position : {};
    const position = { x: Number(place.x) || 0, y: Number(place.y) || 0 };
    const params = isObject(one.params) ? (one.params as Params) : {};
    return { ...one, id, component: String(one.component ?? ''), params, position };
  });
  const edges = list(body.edges)
    .filter(isObject)
    .map(one => ({ ...one, source: String(one.source), target: String(one.target) }));
  return { ...body, nodes, edges, settings: isObject(body.settings) ? (body.settings as Params) : {} };
}

/** Say which nodes of what a host gave have an id that another has; nothing where none has. */
export function repeated(given: unknown): string {
  const found: [string, string][] = [];
  read(given, (from, to) => found.push([from, to]));
  const [first, ...more] = found;
  if (!first) return '';
  const others = more.length ? `, and ${more.length} more` : '';
  return `Two nodes have the id ${first[0]}: the second is called ${first[1]} here${others}. Wires stay with the first.`;
}

/** Return `wanted`, or the first of wanted_2, wanted_3 … that is not taken. */
export function fresh(wanted: string, taken: ReadonlySet<string>): string {
  if (!taken.has(wanted)) return wanted;
  const stem = wanted.replace(/_\d+$/, '');
  let number = 2;
  while (taken.has(`${stem}_${number}`)) number += 1;
  return `${stem}_${number}`;
}

export function ids(drawing: Drawing): Set<string> {
  return new Set(drawing.nodes.map(node => node.id));
}

/** Say why a node cannot be called so, or nothing. */
export function whyNot(drawing: Drawing, id: string, wanted: string): string {
  if (wanted === id) return '';
  if (ids(drawing).has(wanted)) return `Another node is called ${wanted} already.`;
  if (!NAME.test(wanted) || wanted.endsWith('.')) {
    return 'Use 1 to 64 letters, digits, _ . or -, beginning with a letter or digit.';
  }
  return '';
}

export function addNode(drawing: Drawing, node: DrawnNode, from?: string): Drawing {
  const edges = from === undefined ? drawing.edges : [...drawing.edges, { source: from, target: node.id }];
  return { ...drawing, nodes: [...drawing.nodes, node], edges };
}

/** Put a node into a wire: it takes the wire's place among the inputs of its target. */
export function insert(drawing: Drawing, node: DrawnNode, at: number): Drawing {
  const old = drawing.edges[at];
  if (!old) return addNode(drawing, node);
  const edges = [...drawing.edges.with(at, { ...old, source: node.id }), { source: old.source, target: node.id }];
  return { ...drawing, nodes: [...drawing.nodes, node], edges };
}

/** What a node added from the palette begins with: only what it cannot be without, and can be chosen for it. */
export function firstParams(one: Component, drawing: Drawing, features: string[], labels: string[]): Params {
  const used = new Set(drawing.nodes.flatMap(node => Object.values(node.params)).map(String));
  const free = (names: string[]) => names.find(name => !used.has(name)) ?? names[0];
  const feature = one.fields.find(field => field.kind === 'feature');
  const label = one.fields.find(field => field.kind === 'label');
  const params: Params = {};
  if (feature && features.length) params[feature.name] = free(features) as string;
  if (label && labels.length) params[label.name] = free(labels) as string;
  return params;
}

export function connect(drawing: Drawing, source: string, target: string): Drawing {
  const known = ids(drawing);
  const there = drawing.edges.some(edge => edge.source === source && edge.target === target);
  if (source === target || there || !known.has(source) || !known.has(target)) return drawing;
  return { ...drawing, edges: [...drawing.edges, { source, target }] };
}

/** Lead a wire elsewhere; it keeps its place in the order. */
export function reconnect(drawing: Drawing, at: number, source: string, target: string): Drawing {
  const there = drawing.edges.some((edge, other) => other !== at && edge.source === source && edge.target === target);
  const old = drawing.edges[at];
  if (source === target || there || !old || (old.source === source && old.target === target)) return drawing;
  return { ...drawing, edges: drawing.edges.with(at, { ...old, source, target }) };
}

export function remove(drawing: Drawing, nodes: ReadonlySet<string>, wires: ReadonlySet<number>): Drawing {
  const kept = drawing.nodes.filter(node => !nodes.has(node.id));
  const edges = drawing.edges.filter(
    (edge, at) => !wires.has(at) && !nodes.has(edge.source) && !nodes.has(edge.target)
  );
  if (kept.length === drawing.nodes.length && edges.length === drawing.edges.length) return drawing;
  return { ...drawing, nodes: kept, edges };
}

export function move(drawing: Drawing, places: ReadonlyMap<string, Place>): Drawing {
  let moved = false;
  const nodes = drawing.nodes.map(node => {
    const to = places.get(node.id);
    if (!to || (to.x === node.position.x && to.y === node.position.y)) return node;
    moved = true;
    return { ...node, position: { ...node.position, x: to.x, y: to.y } };
  });
  return moved ? { ...drawing, nodes } : drawing;
}

/** Call a node something else; its wires follow, and so do the nodes that share its layers. */
export function rename(drawing: Drawing, id: string, to: string, sharing: (component: string) => string | null): Drawing {
  if (id === to || whyNot(drawing, id, to)) return drawing;
  const nodes = drawing.nodes.map(node => {
    if (node.id === id) return { ...node, id: to };
    const field = sharing(node.component);
    return field && node.params[field] === id ? { ...node, params: { ...node.params, [field]: to } } : node;
  });
  const edges = drawing.edges.map(edge =>
    edge.source === id || edge.target === id
      ? { ...edge, source: edge.source === id ? to : edge.source, target: edge.target === id ? to : edge.target }
      : edge
  );
  return { ...drawing, nodes, edges };
}

/** Set a parameter; undefined takes it out, so that the script's own default holds. */
export function setParam(drawing: Drawing, id: string, name: string, value: Json | undefined): Drawing {
  const nodes = drawing.nodes.map(node => {
    if (node.id !== id) return node;
    const { [name]: _, ...others } = node.params;
    if (value === undefined) return { ...node, params: others };
    return { ...node, params: name in node.params ? { ...node.params, [name]: value } : { ...others, [name]: value } };
  });
  return { ...drawing, nodes };
}

export function setSetting(drawing: Drawing, name: string, value: Json): Drawing {
  return drawing.settings[name] === value
    ? drawing
    : { ...drawing, settings: { ...drawing.settings, [name]: value } };
}

/** The nodes that lead to one of these, with them: a wire into any of them would close a circle. */
export function upstream(drawing: Drawing, ends: Iterable<string>): Set<string> {
  const found = new Set(ends);
  let size = 0;
  while (size < found.size) {
    size = found.size;
    for (const edge of drawing.edges) if (found.has(edge.target)) found.add(edge.source);
  }
  return found;
}

/** Where in the list of wires those into a node stand, in order. */
export function into(drawing: Drawing, target: string): number[] {
  return drawing.edges.flatMap((edge, at) => (edge.target === target ? [at] : []));
}

/** Let an input change places with the one before it (by -1) or after it (by 1). */
export function reorder(drawing: Drawing, target: string, number: number, by: -1 | 1): Drawing {
  const places = into(drawing, target);
  const [from, to] = [places[number], places[number + by]];
  if (from === undefined || to === undefined) return drawing;
  const edges = [...drawing.edges];
  [edges[from], edges[to]] = [edges[to] as Wire, edges[from] as Wire];
  return { ...drawing, edges };
}

export interface Piece {
  nodes: readonly DrawnNode[];
  edges: readonly Wire[];
}

/** What is chosen, with the wires within it. */
export function piece(drawing: Drawing, chosen: ReadonlySet<string>): Piece {
  return {
    nodes: drawing.nodes.filter(node => chosen.has(node.id)),
    edges: drawing.edges.filter(edge => chosen.has(edge.source) && chosen.has(edge.target)),
  };
}

/** Put a piece in under ids of its own; returns the drawing and these ids. */
export function paste(drawing: Drawing, given: Piece, by: Place): { drawing: Drawing; added: string[] } {
  const taken = ids(drawing);
  const names = new Map<string, string>();
  const nodes = given.nodes.map(node => {
    const id = fresh(node.id, taken);
    taken.add(id);
    names.set(node.id, id);
    return { ...node, id, position: { x: node.position.x + by.x, y: node.position.y + by.y } };
  });
  const edges = given.edges.map(edge => ({
    ...edge,
    source: names.get(edge.source) as string,
    target: names.get(edge.target) as string,
  }));
  const added = [...names.values()];
  return { drawing: { ...drawing, nodes: [...drawing.nodes, ...nodes], edges: [...drawing.edges, ...edges] }, added };
}

/** Whether two drawings mean the same model, wherever their nodes are drawn. */
export function meansTheSame(one: Drawing, other: Drawing): boolean {
  if (one === other) return true;
  const meaning = (drawing: Drawing) => [
    drawing.nodes.map(({ id, component, params }) => [id, component, params]), drawing.edges, drawing.settings,
  ];
  return same(meaning(one), meaning(other));
}

/** Whether two JSON values are equal, whatever the order of their keys. */
export function same(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const [left, right] = [one as Record<string, unknown>, other as Record<string, unknown>];
  const names = Object.keys(left);
  return names.length === Object.keys(right).length && names.every(name => name in right && same(left[name], right[name]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
