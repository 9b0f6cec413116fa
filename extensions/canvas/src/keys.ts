/** The keys: what each does, for the dialog that lists them and for the listener. */

import type { Commands } from './commands';
import { GRID } from './layout';

export const KEYS: [string, string][] = [
  ['/', 'Search the components'],
  ['Tab', 'From node to node; each is selected as it is reached'],
  ['Enter', 'Into the form of the selected node; Esc back'],
  ['C', 'Connect what is selected into another node'],
  ['← ↑ ↓ →', 'Move what is selected; with Shift further'],
  ['Ctrl A', 'Select all'],
  ['Shift drag, Shift click', 'Select several'],
  ['Ctrl C, Ctrl X, Ctrl V', 'Copy, cut and paste, into another canvas too'],
  ['Ctrl D', 'Duplicate'],
  ['Delete', 'Delete what is selected, nodes or wires'],
  ['Ctrl Z, Shift Ctrl Z', 'Undo, redo'],
  ['T', 'Tidy up'],
  ['F', 'Fit view'],
  ['+, -', 'Zoom'],
  ['Ctrl S', 'Save'],
  ['?', 'These keys'],
];

/** What keys do beside changing the drawing. */
export interface Moves {
  search(): void;
  connect(): void;
  form(): void;
  keys(): void;
}

const ARROWS: { [key: string]: [number, number] } = {
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
};

/** Do what a key says wherever the focus is; tell whether it said something. */
export function onKeyAnywhere(event: KeyboardEvent, commands: Commands, moves: Moves): boolean {
  const command = event.ctrlKey || event.metaKey;
  if (command && !event.altKey && event.key.toLowerCase() === 's' && !event.shiftKey) commands.save();
  else if (isTyping(event) || event.altKey) return false;
  else if (command && event.key.toLowerCase() === 'z') (event.shiftKey ? commands.redo : commands.undo)();
  else if (command && event.key.toLowerCase() === 'y') commands.redo();
  else if (command) return false;
  else if (event.key === '/') moves.search();
  else if (event.key === '?') moves.keys();
  else return false;
  return true;
}

/** Do what a key says while the focus is on the canvas or a node of it. */
export function onCanvasKey(event: KeyboardEvent, commands: Commands, moves: Moves): boolean {
  if (isTyping(event) || event.altKey) return false;
  const command = event.ctrlKey || event.metaKey;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const arrow = ARROWS[key];
  if (command) {
    if (key === 'a') commands.chooseAll();
    else if (key === 'd') commands.duplicate();
    else return false;
  } else if (arrow) {
    const by = GRID * (event.shiftKey ? 4 : 1);
    commands.nudge(arrow[0] * by, arrow[1] * by);
  } else if (key === 'Delete' || key === 'Backspace') commands.remove();
  else if (key === 'Escape') commands.chooseNone();
  else if (key === 'Enter') moves.form();
  else if (key === 'c') moves.connect();
  else if (key === 't') commands.tidy();
  else if (key === 'f') commands.eyes?.fit();
  else if (key === '+' || key === '=') commands.eyes?.zoom(1);
  else if (key === '-') commands.eyes?.zoom(-1);
  else return false;
  return true;
}

/** Whether the key goes into a field: through shadow roots, the event's own path tells. */
export function isTyping(event: Event): boolean {
  const target = event.composedPath()[0];
  return target instanceof HTMLElement && (target.matches('input, textarea, select') || target.isContentEditable);
}
