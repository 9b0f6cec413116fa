/** The requests to litlab's JSON interface on the Jupyter server. */
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

import type {
  CheckBody,
  CheckedBody,
  LaunchBody,
  LaunchedBody,
  LogBody,
  NewProjectBody,
  PaletteBody,
  ProjectBody,
  ProjectsBody,
  PythonBody,
  ScriptBody,
  StatusBody
} from './wire';

/** The interface as functions; a refusal is an error with litlab's own sentence. */
export class Api {
  constructor(readonly settings: ServerConnection.ISettings) {}

  async projects(): Promise<ProjectBody[]> {
    return (await this._ask<ProjectsBody>('projects')).projects;
  }

  createProject(body: NewProjectBody): Promise<ProjectBody> {
    return this._ask('projects', { method: 'POST', body: JSON.stringify(body) });
  }

  /** @param project - `team/name`. */
  status(project: string): Promise<StatusBody> {
    return this._ask(`status/${URLExt.encodeParts(project)}`);
  }

  /** Read a log from an offset on; from near its end without one. */
  log(team: string, job: string, file = '', offset?: number): Promise<LogBody> {
    const query = URLExt.objectToQueryString(offset === undefined ? { file } : { file, offset });
    return this._ask(`logs/${URLExt.encodeParts(`${team}/${job}`)}${query}`);
  }

  /** Tell which script a team uses; with `copy` a shipped one becomes its own. */
  script(team: string, script: string, copy = false): Promise<ScriptBody> {
    const init = copy ? { method: 'POST', body: '{}' } : {};
    return this._ask(`scripts/${URLExt.encodeParts(`${team}/${script}`)}`, init);
  }

  /** What can be drawn with, and what its fields may hold for an asset. */
  palette(team: string, asset: string): Promise<PaletteBody> {
    return this._ask(`canvas/${URLExt.encodeParts(team)}/palette${URLExt.objectToQueryString({ asset })}`);
  }

  /** Look a canvas over. */
  check(team: string, body: CheckBody): Promise<CheckedBody> {
    return this._ask(`canvas/${URLExt.encodeParts(team)}/check`, posted(body));
  }

  /** Write a canvas as a Keras file. */
  python(team: string, body: CheckBody): Promise<PythonBody> {
    return this._ask(`canvas/${URLExt.encodeParts(team)}/python`, posted(body));
  }

  /** Train a canvas. */
  launch(team: string, body: LaunchBody): Promise<LaunchedBody> {
    return this._ask(`canvas/${URLExt.encodeParts(team)}/launch`, posted(body));
  }

  private async _ask<T>(path: string, init: RequestInit = {}): Promise<T> {
    const address = URLExt.join(this.settings.baseUrl, 'litlab-api', path);
    const response = await ServerConnection.makeRequest(address, init, this.settings);
    if (!response.ok || response.redirected) {
      throw await ServerConnection.ResponseError.create(response);
    }
    return (await response.json()) as T;
  }
}

function posted(body: unknown): RequestInit {
  return { method: 'POST', body: JSON.stringify(body) };
}

/** The status of an error's answer: 0 for none at all. */
export function statusOf(error: unknown): number {
  return error instanceof ServerConnection.ResponseError ? error.response.status : 0;
}

/** An error in words. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
