/** What a person can do, each under one name: buttons, keys and the palette call the same. */

import { fromText, toText } from './clipboard';
import * as drawn from './drawing';
import type { Host } from './host';
import { free, GRID, layout, onGrid } from './layout';
import type { Store } from './store';
import type { Choices, Component, Json, Place } from './types';

/** What the view can do once it is drawn. */
export interface Eyes {
  middle(): Place;
  fit(): void;
  show(id: string): void;
  zoom(by: 1 | -1): void;
  heights(): ReadonlyMap<string, number>;
}

const BESIDE = 3 * GRID;

export class Commands {
  eyes: Eyes | null = null;
  private pasted = 0;

  constructor(
    private readonly store: Store,
    private readonly host: Host,
    private readonly components: ReadonlyMap<string, Component>
  ) {}

  undo = (): void => this.store.dispatch({ do: 'undo' });
  redo = (): void => this.store.dispatch({ do: 'redo' });

  /**
   * Add a node, in the middle of what is seen where no place is given.
   *
   * `from` is wired into it, or it comes between the ends of the wire `into`.
   */
  add = (component: Component, at?: Place, from?: string, into?: number): void => {
    const { drawing } = this.store.state;
    const choices = this.host.model.get('choices') as Choices | undefined;
    const id = drawn.fresh(component.component, drawn.ids(drawing));
    const params = drawn.firstParams(component, drawing, choices?.feature ?? [], choices?.label ?? []);
    const before = drawing.nodes.find(node => node.id === from);
    const wanted = before ? { x: before.position.x + 240, y: before.position.y } : at ?? this.eyes?.middle() ?? { x: 0, y: 0 };
    const position = at ? { x: onGrid(at.x), y: onGrid(at.y) } : free(drawing, wanted);
    const node = { id, component: component.component, params, position };
    const fits = into !== undefined && component.wires[1] !== 0 && !component.is_output;
    const added = fits ? drawn.insert(drawing, node, into) : drawn.addNode(drawing, node, before?.id);
    this.store.change(() => added, { choose: [id] });
  };

  connect = (source: string, target: string): void => this.store.change(now => drawn.connect(now, source, target));

  remove = (): void => {
    const { nodes, wires } = this.store.state;
    this.store.change(now => drawn.remove(now, nodes, wires), { choose: [] });
  };

  unwire = (at: number): void => this.store.change(now => drawn.remove(now, new Set(), new Set([at])));

  chooseAll = (): void => this.store.choose(this.store.state.drawing.nodes.map(node => node.id));
  chooseNone = (): void => this.store.choose([]);

  /** Choose a node and bring it into view. */
  goTo = (id: string): void => {
    if (!this.store.state.drawing.nodes.some(node => node.id === id)) return;
    this.store.choose([id]);
    this.eyes?.show(id);
  };

  nudge = (x: number, y: number): void => {
    const chosen = this.store.state.nodes;
    const moved = (nodes: drawn.Piece['nodes']) =>
      new Map(nodes.filter(one => chosen.has(one.id)).map(one => [one.id, { x: one.position.x + x, y: one.position.y + y }]));
    this.store.change(now => drawn.move(now, moved(now.nodes)), { run: 'nudge' });
  };

  moveTo = (places: ReadonlyMap<string, Place>): void => this.store.change(now => drawn.move(now, places));

  tidy = (): void => {
    const heights = this.eyes?.heights();
    this.store.change(now => drawn.move(now, layout(now, heights)));
    requestAnimationFrame(() => this.eyes?.fit());
  };

  copy = (): string | null => {
    const { drawing, nodes } = this.store.state;
    this.pasted = 0;
    return nodes.size ? toText(drawn.piece(drawing, nodes)) : null;
  };

  /** Put in what the clipboard's text holds; tell whether it held a piece of a canvas. */
  paste = (text: string): boolean => {
    const given = fromText(text);
    if (given) this.put(given, (this.pasted += 1));
    return given !== null;
  };

  duplicate = (): void => {
    const { drawing, nodes } = this.store.state;
    if (nodes.size) this.put(drawn.piece(drawing, nodes), 1);
  };

  private put(given: drawn.Piece, times: number): void {
    const by = { x: BESIDE * times, y: BESIDE * times };
    const { drawing, added } = drawn.paste(this.store.state.drawing, given, by);
    this.store.change(() => drawing, { choose: added });
  }

  rename = (id: string, to: string): void => {
    const sharing = (component: string) => this.components.get(component)?.shares ?? null;
    const chosen = [...this.store.state.nodes].map(one => (one === id ? to : one));
    if (!drawn.whyNot(this.store.state.drawing, id, to)) {
      this.store.change(now => drawn.rename(now, id, to, sharing), { choose: chosen });
    }
  };

  setParam = (id: string, name: string, value: Json | undefined, run = ''): void =>
    this.store.change(now => drawn.setParam(now, id, name, value), run ? { run } : {});

  setSetting = (name: string, value: Json, run = ''): void =>
    this.store.change(now => drawn.setSetting(now, name, value), run ? { run } : {});

  reorder = (target: string, number: number, by: -1 | 1): void =>
    this.store.change(now => drawn.reorder(now, target, number, by));

  reconnect = (at: number, source: string, target: string): void =>
    this.store.change(now => drawn.reconnect(now, at, source, target));

  save = (): void => {
    const name = this.store.state.drawing.settings.name;
    this.host.send(typeof name === 'string' && name ? { do: 'save', name } : { do: 'save' });
  };

  asPython = (): void => this.host.send({ do: 'as-python' });
  editSource = (component: string): void => this.host.send({ do: 'edit-source', component });
  launch = (device: string, description: string): void =>
    this.host.send(description ? { do: 'launch', device, description } : { do: 'launch', device });
}
