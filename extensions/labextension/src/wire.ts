/**
 * The JSON bodies of litlab's interface. Made from litlab/server/wire.py, not to be edited:
 * python -m litlab.server.typescript > extensions/labextension/src/wire.ts
 */

export type Room = 'uploads' | 'discovery' | 'features' | 'schemas' | 'builds' | 'assets' | 'designer' | 'experiments' | 'vault' | 'streams' | 'deployments' | 'insights';

export type State = '' | 'queued' | 'running' | 'done' | 'stopped' | 'failed';

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
