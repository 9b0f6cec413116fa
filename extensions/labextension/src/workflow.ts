/**
 * What the panel, the status bar and the notifications know: the chosen project and where its work stands.
 *
 * It asks the server every few seconds, more rarely while the server does not answer, not at all while
 * nobody sees the page.
 */
import type { IStateDB } from '@jupyterlab/statedb';
import { Poll } from '@lumino/polling';
import { type ISignal, Signal } from '@lumino/signaling';

import { type Api, statusOf, wordsOf } from './api';
import type { JobBody, ProjectBody, StatusBody } from './wire';

const STATE_KEY = 'litlab:project';
const MOST_S = 60;

/** A job that has ended while somebody was looking on. */
export interface IEnded {
  readonly team: string;
  readonly job: JobBody;
}

export class Workflow {
  constructor(
    readonly api: Api,
    private readonly _memory: IStateDB | null
  ) {
    this._poll = new Poll({
      name: 'litlab:workflow',
      auto: false,
      factory: () => this._ask(),
      frequency: { interval: 3000, backoff: true, max: MOST_S * 1000 },
      standby: 'when-hidden'
    });
  }

  /** Begin to ask; the project is the one chosen last, else the default, else the first there is. */
  async start(defaultProject: string): Promise<void> {
    const remembered = await this._memory?.fetch(STATE_KEY).catch(() => undefined);
    this._project ||= typeof remembered === 'string' && remembered ? remembered : defaultProject;
    await this._poll.start();
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get jobEnded(): ISignal<this, IEnded> {
    return this._jobEnded;
  }

  /** All projects; null until the server has answered. */
  get projects(): readonly ProjectBody[] | null {
    return this._projects;
  }

  /** The chosen project as `team/name`; "" while there is none. */
  get project(): string {
    return this._project;
  }

  get team(): string {
    return this._project.split('/')[0];
  }

  /** Where its work stands; null until the server has answered. */
  get status(): StatusBody | null {
    return this._status;
  }

  /** What is wrong, "" where nothing is; 0 as `problemStatus` is a server that does not answer. */
  get problem(): string {
    return this._problem;
  }

  get problemStatus(): number {
    return this._problemStatus;
  }

  /** The jobs that wait or run. */
  get running(): JobBody[] {
    return (this._status?.jobs ?? []).filter(job => !job.ended_s);
  }

  set intervalSeconds(seconds: number) {
    this._poll.frequency = { ...this._poll.frequency, interval: seconds * 1000 };
  }

  /** Choose a project; the tabs that are open stay as they are. */
  choose(project: string): void {
    if (project && project !== this._project) {
      this._project = project;
      this._status = null;
      void this._memory?.save(STATE_KEY, project);
      this._changed.emit();
      void this._poll.refresh();
    }
  }

  /** Ask now, for the list of projects, too. */
  async refresh(): Promise<void> {
    this._projects = null;
    await this._poll.refresh();
    await this._poll.tick.catch(() => undefined); // what is wrong stands in the panel
  }

  /** Ask for the list of projects: somebody is about to choose one. */
  async refreshProjects(): Promise<void> {
    await this._askProjects().catch(() => undefined); // the poll says what is wrong
    this._changed.emit();
  }

  dispose(): void {
    this._poll.dispose();
    Signal.clearData(this);
  }

  private async _ask(): Promise<void> {
    try {
      if (!this._projects?.length) {
        await this._askProjects();
      }
      const asked = this._project;
      const status = asked ? await this.api.status(asked) : null;
      if (asked === this._project) {
        this._status = status;
        this._tellEnded(status);
      }
      this._problem = '';
    } catch (error) {
      this._problem = wordsOf(error);
      this._problemStatus = statusOf(error);
      if (this._problemStatus === 404) {
        await this._askProjects().catch(() => undefined); // the project may have gone
      }
      this._changed.emit();
      throw error; // the poll waits longer
    }
    this._changed.emit();
  }

  private async _askProjects(): Promise<void> {
    this._projects = await this.api.projects();
    const names = this._projects.map(one => `${one.team}/${one.name}`);
    if (!names.includes(this._project)) {
      this._project = names[0] ?? '';
      this._status = null;
    }
  }

  /** Say which jobs have ended since this page has seen the team for the first time. */
  private _tellEnded(status: StatusBody | null): void {
    if (!status) {
      return;
    }
    const team = status.project.team;
    const since = this._since.get(team) ?? status.now_s;
    this._since.set(team, since);
    for (const job of status.jobs) {
      const name = `${team}/${job.id}/${job.started_s}`;
      if (job.ended_s > since && !this._told.has(name)) {
        this._told.add(name);
        this._jobEnded.emit({ team, job });
      }
    }
  }

  private readonly _poll: Poll<void>;
  private readonly _changed = new Signal<this, void>(this);
  private readonly _jobEnded = new Signal<this, IEnded>(this);
  private readonly _since = new Map<string, number>();
  private readonly _told = new Set<string>();
  private _projects: readonly ProjectBody[] | null = null;
  private _project = '';
  private _status: StatusBody | null = null;
  private _problem = '';
  private _problemStatus = 0;
}
