/** What React Flow draws of a state: the same objects again for all that did not change, so that it is not drawn anew. */

import type { Edge, Node } from '@xyflow/react';
import { same } from './drawing';
import type { Checked, Component, DrawnNode, Place } from './types';
import type { State } from './store';
import { counted, inWords } from './words';

export interface NodeData extends Record<string, unknown> {
  title: string;
  source: string;
  parameters: number | null;
  shape: string;
  problem: string;
  more: number;
  waits: boolean;
  takes: boolean;
  gives: boolean;
}

export interface WireData extends Record<string, unknown> {
  shape: string;
  /** Its number among the inputs of its target; 0 where it is the only one. */
  number: number;
}

export type ViewNode = Node<NodeData, 'drawn'>;
export type ViewWire = Edge<WireData, 'drawn'>;

interface Size {
  width: number;
  height: number;
}

/** What only the view knows: where nodes are while they are dragged, and how large they came out. */
export interface Live {
  places: ReadonlyMap<string, Place>;
  sizes: ReadonlyMap<string, Size>;
}

export class View {
  private nodes = new Map<string, { from: DrawnNode; view: ViewNode }>();
  private wires = new Map<string, ViewWire>();
  private told: Checked | undefined;
  private shapes: ReadonlyMap<string, string> = new Map();

  constructor(readonly components: ReadonlyMap<string, Component>) {}

  /** Called for every frame of a drag: only what is dragged is made anew then. */
  drawNodes(state: State, checked: Checked | undefined, live: Live): ViewNode[] {
    const isNews = checked !== this.told;
    if (isNews) [this.told, this.shapes] = [checked, outputs(checked)];
    const drawn = state.drawing.nodes.map(node => {
      const position = live.places.get(node.id) ?? node.position;
      const measured = live.sizes.get(node.id);
      const selected = state.nodes.has(node.id);
      const old = this.nodes.get(node.id);
      const isKnown = old?.from === node && !isNews;
      const data = isKnown ? old.view.data : this.data(node, checked, this.shapes);
      const isSame = isKnown || (old !== undefined && same(old.view.data, data));
      if (
        old?.from === node && old.view.position === position && old.view.measured === measured &&
        old.view.selected === selected && isSame
      ) return old.view;
      const view: ViewNode = {
        id: node.id, type: 'drawn', position, selected, ariaLabel: isKnown ? old.view.ariaLabel : label(node, data),
        data: old && isSame ? old.view.data : data,
      };
      if (measured) view.measured = measured;
      this.nodes.set(node.id, { from: node, view });
      return view;
    });
    if (this.nodes.size > drawn.length) {
      const there = new Set(drawn.map(node => node.id));
      for (const id of [...this.nodes.keys()]) if (!there.has(id)) this.nodes.delete(id);
    }
    return drawn;
  }

  drawWires(state: State, checked: Checked | undefined): ViewWire[] {
    const known = new Set(state.drawing.nodes.map(node => node.id));
    const inputs = new Map<string, number>();
    for (const edge of state.drawing.edges) inputs.set(edge.target, (inputs.get(edge.target) ?? 0) + 1);
    const seen = new Map<string, number>();
    const kept = new Map<string, ViewWire>();
    state.drawing.edges.forEach((edge, at) => {
      const number = (seen.get(edge.target) ?? 0) + 1;
      seen.set(edge.target, number);
      if (!known.has(edge.source) || !known.has(edge.target)) return; // listed in the properties
      const id = String(at);
      const data = {
        shape: checked?.shapes[`${edge.source}→${edge.target}`] ?? '',
        number: (inputs.get(edge.target) ?? 0) > 1 ? number : 0,
      };
      const wire: ViewWire = {
        id, type: 'drawn', source: edge.source, target: edge.target, data, selected: state.wires.has(at),
        ariaLabel: `${edge.source} into ${edge.target}${data.shape ? `, ${data.shape}` : ''}`,
      };
      const old = this.wires.get(id);
      kept.set(id, old && same(old, wire) ? old : wire);
    });
    this.wires = kept;
    return [...kept.values()];
  }

  private data(node: DrawnNode, checked: Checked | undefined, shapes: ReadonlyMap<string, string>): NodeData {
    const component = this.components.get(node.component);
    const problems = checked?.problems[node.id] ?? [];
    const most = component?.wires[1];
    return {
      title: inWords(component, node.component),
      source: component?.source ?? '',
      parameters: checked?.parameters[node.id] ?? null,
      shape: shapes.get(node.id) ?? (component?.is_output ? only(checked?.output) : ''),
      problem: problems[0]?.text ?? '',
      more: Math.max(problems.length - 1, 0),
      waits: checked?.waiting.includes(node.id) ?? false,
      takes: !component || most === null || (most ?? 0) > 0,
      gives: !component || !(component.is_output || component.stands_alone),
    };
  }
}

/** The shape of the output where there is one; several stand in one text. */
function only(shape = ''): string {
  return shape.indexOf('(') === shape.lastIndexOf('(') ? shape : '';
}

/** The shape that each node gives, as its wires carry it. */
function outputs(checked: Checked | undefined): Map<string, string> {
  const found = new Map<string, string>();
  for (const [wire, shape] of Object.entries(checked?.shapes ?? {})) found.set(wire.split('→')[0] as string, shape);
  return found;
}

function label(node: DrawnNode, data: NodeData): string {
  const parts = [node.id, data.title];
  if (data.parameters) parts.push(counted(data.parameters, 'parameter'));
  if (data.shape) parts.push(data.shape);
  if (data.problem) parts.push(`problem: ${data.problem}`);
  return parts.join(', ');
}
