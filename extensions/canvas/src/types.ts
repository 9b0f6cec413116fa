/** What goes between a canvas and its host, all of it JSON, and the model that carries it. */

export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };
export type Params = { [name: string]: Json };

export interface Place {
  x: number;
  y: number;
}

export interface DrawnNode {
  id: string;
  component: string;
  params: Params;
  position: Place;
}

export interface Wire {
  source: string;
  target: string;
}

/** A drawing: the order of a node's incoming wires is the order of its inputs. */
export interface Drawing {
  nodes: readonly DrawnNode[];
  edges: readonly Wire[];
  settings: { readonly [name: string]: Json };
}

export interface Field {
  name: string;
  kind: 'number' | 'choice' | 'boolean' | 'text' | 'list' | 'feature' | 'label';
  /** Of a number, or of a list's items: 'whole', 'number' or 'any'. */
  type: string;
  /** What a value must be, in words: "a whole number, 1 to 65536". */
  wanted?: string;
  default: Json;
  choices: string[] | null;
  least: number | null;
  most: number | null;
  unit: string;
  help: string;
  prefill: Json;
}

export interface Component {
  component: string;
  title: string;
  group: string;
  summary: string;
  source: string;
  wires: [number, number | null];
  stands_alone: boolean;
  is_output: boolean;
  /** The field that names another node, whose layers this one uses once more. */
  shares?: string | null;
  /** Why its script cannot be read; empty where it can. */
  problem?: string;
  fields: Field[];
}

export interface AssetChoice {
  id: string;
  title: string;
  stage: string;
  promoted: boolean;
}

export interface Choices {
  feature: string[];
  label: string[];
  projects: string[];
  assets: AssetChoice[];
  devices: string[];
}

export interface Problem {
  text: string;
  kind: string;
}

export interface Checked {
  serial: number;
  ok: boolean;
  /** By node; under "" what belongs to none that is drawn. */
  problems: { [node: string]: Problem[] };
  shapes: { [wire: string]: string };
  parameters: { [node: string]: number };
  total: number;
  output: string;
  waiting: string[];
  seconds: number;
  state: 'warming' | 'checking' | 'done' | 'unchecked';
  said: string;
  /** Bytes that training takes, and that are free; null where it is not known. */
  needed?: number | null;
  free?: number | null;
}

export interface Said {
  kind: 'done' | 'problem' | '';
  text: string;
  field: string;
}

export interface Traits {
  canvas: unknown;
  palette: Component[];
  choices: Choices;
  checked: Partial<Checked>;
  serial: number;
  said: Said;
  saved: boolean;
  readonly: boolean;
  theme: 'light' | 'dark' | '';
  code: string;
}

export type ToHost =
  | { do: 'save'; name?: string }
  | { do: 'launch'; device: string; description?: string }
  | { do: 'as-python' }
  | { do: 'edit-source'; component: string };

export type FromHost =
  | { show: 'python'; text: string }
  | { show: 'source'; component: string; path: string; text: string };

/** The model of anywidget, as far as the canvas uses it. */
export interface Model {
  get(name: string): any;
  set(name: string, value: unknown): void;
  save_changes(): void;
  on(event: string, then: (...given: any[]) => void): void;
  off(event: string, then: (...given: any[]) => void): void;
  send(message: unknown): void;
}
