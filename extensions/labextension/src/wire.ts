/**
 * The JSON bodies of litlab's interface. Made from litlab/server/wire.py, not to be edited:
 * python -m litlab.server.typescript > extensions/labextension/src/wire.ts
 */

export type Room = 'uploads' | 'discovery' | 'features' | 'schemas' | 'builds' | 'assets' | 'designer' | 'experiments' | 'vault' | 'streams' | 'deployments' | 'insights';

export type State = '' | 'queued' | 'running' | 'done' | 'paused' | 'stopped' | 'failed';

export type Kind = 'scripts' | 'components';

/**
 * A project as the browser sees it.
 */
export interface ProjectBody {
  team: string;
  name: string;
  adapter: string;
  features: string[];
}

/**
 * Answer of `GET litlab-api/projects`: every project of the workspace, by team, then name.
 */
export interface ProjectsBody {
  projects: ProjectBody[];
}

/**
 * What `POST litlab-api/projects` takes; the answer is the ProjectBody.
 */
export interface NewProjectBody {
  team: string;
  name: string;
}

/**
 * How far a room is: how many things it holds, and `done` of `total` where that says something.
 */
export interface RoomBody {
  room: Room;
  count: number;
  state: State;
  done: number;
  total: number;
}

/**
 * A process that works for the team, running or ended lately; times are seconds since 1970, UTC.
 *
 * `id` is its folder below the team's, `room` the one it works for if that is known, `project` its
 * project or "", `ended_s` 0 while it runs; `done` and `total` are chunks, epochs or bytes.
 */
export interface JobBody {
  id: string;
  room: Room | null;
  name: string;
  project: string;
  state: State;
  done: number;
  total: number;
  started_s: number;
  ended_s: number;
  reason: string;
}

/**
 * Answer of `GET litlab-api/status/<team>/<project>`.
 *
 * `stands` is the last room in which there is something, `now_s` the server's clock, `home` the
 * workspace's folder.
 */
export interface StatusBody {
  home: string;
  project: ProjectBody;
  rooms: RoomBody[];
  jobs: JobBody[];
  stands: Room | null;
  now_s: number;
}

/**
 * Answer of `GET litlab-api/logs/<team>/<id>?file=&offset=`: whole lines from `start` to `offset`.
 *
 * `file` is the one of the folder that was read; asking with another begins at its end.
 */
export interface LogBody {
  file: string;
  text: string;
  start: number;
  offset: number;
  size: number;
  state: State;
}

/**
 * Answer of `litlab-api/scripts/<team>/<kind>/<name>`: where the drive has the script in use.
 *
 * `shipped` tells that it came with litlab or a plugin, and can only be read.
 */
export interface ScriptBody {
  path: string;
  shipped: boolean;
}

/**
 * A field of a component's form; `type` is what a value, or an item of a list, must be.
 */
export interface FieldBody {
  name: string;
  kind: 'number' | 'choice' | 'boolean' | 'text' | 'list' | 'feature' | 'label';
  type: 'whole' | 'number' | 'text' | 'boolean';
  default: string | number | boolean | null | (string | number)[];
  choices: string[] | null;
  least: number | null;
  most: number | null;
  unit: string;
  help: string;
  wanted: string;
  prefill: string | number | boolean | null | (string | number)[];
}

/**
 * A component that can be put on a canvas; `wires` are the least and the largest number into it.
 */
export interface ComponentBody {
  component: string;
  title: string;
  group: string;
  summary: string;
  source: string;
  wires: (number | null)[];
  stands_alone: boolean;
  is_output: boolean;
  shares: string | null;
  problem: string;
  fields: FieldBody[];
}

/**
 * An asset that a canvas may be drawn for.
 */
export interface AssetBody {
  id: string;
  title: string;
  stage: 'production' | 'queue';
  promoted: boolean;
}

/**
 * What a canvas's fields and settings may be chosen from.
 */
export interface ChoicesBody {
  feature: string[];
  label: string[];
  projects: string[];
  assets: AssetBody[];
  devices: string[];
}

/**
 * Answer of `GET litlab-api/canvas/<team>/palette?asset=`.
 */
export interface PaletteBody {
  palette: ComponentBody[];
  choices: ChoicesBody;
}

/**
 * What `POST litlab-api/canvas/<team>/check` takes: of one `page` the newest question is answered.
 */
export interface CheckBody {
  page: string;
  canvas: Record<string, unknown>;
}

/**
 * What is wrong, and the name of litlab's error.
 */
export interface ProblemBody {
  text: string;
  kind: string;
}

/**
 * What a canvas came to: by node, and under "" what belongs to none; shapes by "source→target".
 *
 * `superseded` says that the page has asked again meanwhile, and nothing else then holds. `needed` and
 * `free` are bytes of memory that training takes, and that are free; `digest` is the asset's version.
 */
export interface CheckedBody {
  superseded: boolean;
  ok: boolean;
  problems: Record<string, ProblemBody[]>;
  shapes: Record<string, string>;
  parameters: Record<string, number>;
  total: number;
  output: string;
  waiting: string[];
  needed: number | null;
  free: number | null;
  digest: string;
  seconds: number;
  said: string;
}

/**
 * What `POST litlab-api/canvas/<team>/launch` takes; "" as `device` is the canvas's own.
 */
export interface LaunchBody {
  canvas: Record<string, unknown>;
  device: string;
  description: string;
}

/**
 * A run that was launched.
 */
export interface LaunchedBody {
  run: string;
  project: string;
}

/**
 * Answer of `POST litlab-api/canvas/<team>/python`, which takes a CheckBody: a Keras file.
 */
export interface PythonBody {
  text: string;
}
