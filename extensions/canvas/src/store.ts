/** The one owner of the drawing: what is drawn, what is chosen, and the steps back and forth. */

import { useSyncExternalStore } from 'react';
import { EMPTY } from './drawing';
import type { Drawing } from './types';

const STEPS = 200;
const PAUSE_MS = 1000; // a run of typing or of arrow keys ends with it

export interface State {
  drawing: Drawing;
  /** Ids of the chosen nodes, and places of the chosen wires in the list of wires. */
  nodes: ReadonlySet<string>;
  wires: ReadonlySet<number>;
  past: readonly Drawing[];
  future: readonly Drawing[];
  /** What the last step was, where more of the same belongs to it. */
  run: string;
  ranAt: number;
  /** Who made the last change. */
  by: 'person' | 'typing' | 'host';
  /** How many canvases were opened here. */
  opened: number;
}

export type Action =
  | { do: 'change'; change: (drawing: Drawing) => Drawing; choose?: Iterable<string>; run?: string; at?: number }
  | { do: 'choose'; nodes?: Iterable<string>; wires?: Iterable<number> }
  | { do: 'undo' }
  | { do: 'redo' }
  | { do: 'replace'; drawing: Drawing };

const NONE: ReadonlySet<never> = new Set<never>();

export function start(drawing: Drawing = EMPTY, opened = 0): State {
  return { drawing, nodes: NONE, wires: NONE, past: [], future: [], run: '', ranAt: 0, by: 'host', opened };
}

export function reduce(state: State, action: Action): State {
  switch (action.do) {
    case 'change':
      return changed(state, action);
    case 'choose':
      return { ...state, nodes: new Set(action.nodes), wires: new Set(action.wires), run: '' };
    case 'undo':
      return stepped(state, state.past.at(-1), state.past.slice(0, -1), [state.drawing, ...state.future]);
    case 'redo':
      return stepped(state, state.future[0], [...state.past, state.drawing], state.future.slice(1));
    case 'replace': {
      // Another canvas begins anew; a new state of this one can be undone like any step.
      const another = action.drawing.settings.name !== state.drawing.settings.name || !state.drawing.nodes.length;
      if (another) return start(action.drawing, state.opened + 1);
      const past = [...state.past, state.drawing].slice(-STEPS);
      return pruned({ ...state, drawing: action.drawing, past, future: [], run: '', by: 'host' });
    }
  }
}

function changed(state: State, action: Extract<Action, { do: 'change' }>): State {
  const drawing = action.change(state.drawing);
  const nodes = action.choose ? new Set(action.choose) : state.nodes;
  const wires = action.choose ? NONE : state.wires;
  if (drawing === state.drawing) return { ...state, nodes, wires };
  const [run, at] = [action.run ?? '', action.at ?? 0];
  const more = run !== '' && run === state.run && at - state.ranAt < PAUSE_MS;
  const past = more ? state.past : [...state.past, state.drawing].slice(-STEPS);
  return pruned({ ...state, drawing, nodes, wires, past, future: [], run, ranAt: at, by: run ? 'typing' : 'person' });
}

function stepped(state: State, to: Drawing | undefined, past: readonly Drawing[], future: readonly Drawing[]): State {
  if (!to) return state;
  return pruned({ ...state, drawing: to, past, future, run: '', by: 'person' });
}

/** Choose nothing that is not there any more. */
function pruned(state: State): State {
  const there = new Set(state.drawing.nodes.map(node => node.id));
  const nodes = [...state.nodes].every(id => there.has(id)) ? state.nodes : new Set([...state.nodes].filter(id => there.has(id)));
  const wires = state.wires.size ? NONE : state.wires;
  return { ...state, nodes, wires };
}

export class Store {
  state: State;
  readonly = false;
  private listeners = new Set<() => void>();

  constructor(drawing: Drawing) {
    this.state = start(drawing);
  }

  dispatch = (action: Action): void => {
    if (this.readonly && (action.do === 'change' || action.do === 'undo' || action.do === 'redo')) return;
    const state = reduce(this.state, action);
    if (state === this.state) return;
    this.state = state;
    for (const listener of this.listeners) listener();
  };

  /** Change the drawing in one step; with `run`, more of the same within a second belongs to the step. */
  change = (change: (drawing: Drawing) => Drawing, more: { choose?: Iterable<string>; run?: string } = {}): void =>
    this.dispatch({ do: 'change', change, at: Date.now(), ...more });

  choose = (nodes: Iterable<string>, wires: Iterable<number> = []): void =>
    this.dispatch({ do: 'choose', nodes, wires });

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
}

export function useStore<T>(store: Store, pick: (state: State) => T): T {
  return useSyncExternalStore(store.subscribe, () => pick(store.state));
}
