/**
 * The side panel: the project, its workflow as rows with counts and states, and the jobs that run.
 *
 * The rows are made once and only their texts change, so that the focus and what a screen reader is at stay.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import { Widget } from '@lumino/widgets';

import { commandOf, type IApp, type IRoom, isApp, litlabIcon } from './apps';
import { element, say } from './dom';
import type { JobBody, RoomBody } from './wire';
import { jobWords, roomWords, timeLeft } from './words';
import type { Workflow } from './workflow';

/** The option of the switcher that makes a project; no project can be called this. */
const NEW = '+';

/** The commands the panel's own buttons execute. */
export interface IPanelCommands {
  readonly newProject: string;
  readonly openLog: string;
}

export class WorkflowPanel extends Widget {
  constructor(
    private readonly _workflow: Workflow,
    rooms: readonly (IRoom | IApp)[],
    private readonly _lab: CommandRegistry,
    private readonly _commands: IPanelCommands,
    private readonly _trans: TranslationBundle
  ) {
    super();
    this.id = 'litlab-panel';
    this.addClass('litlab-Panel');
    this.title.icon = litlabIcon;
    this.title.caption = _trans.__('litlab: the project and where its work stands');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', _trans.__('litlab'));

    this._switcher = element('select', 'litlab-Panel-project');
    this._switcher.setAttribute('aria-label', _trans.__('Project'));
    this._switcher.addEventListener('change', () => this._choose());
    this._switcher.addEventListener('focus', () => void _workflow.refreshProjects());
    this._problem = element('p', 'litlab-Panel-problem');
    this._problem.setAttribute('role', 'alert');
    this._empty = this._makeEmpty();
    this._list = element('ol', 'litlab-Panel-rooms');
    this._list.setAttribute('aria-label', _trans.__('Workflow'));
    this._rows = rooms.map(room => new Row(room, _lab, _trans));
    this._list.append(...this._rows.map(row => row.node));
    this._jobs = new Jobs(_lab, _commands, _trans);

    const head = element('div', 'litlab-Panel-head');
    head.append(this._switcher);
    const scrolled = element('div', 'litlab-Panel-body');
    scrolled.append(this._problem, this._empty, this._list);
    this.node.append(head, scrolled, this._jobs.node);
    _workflow.changed.connect(this._update, this);
    this._update();
  }

  override dispose(): void {
    this._workflow.changed.disconnect(this._update, this);
    super.dispose();
  }

  private _choose(): void {
    if (this._switcher.value === NEW) {
      this._switcher.value = this._workflow.project;
      void this._lab.execute(this._commands.newProject);
    } else {
      this._workflow.choose(this._switcher.value);
    }
  }

  private _update(): void {
    const { projects, status, problem, problemStatus } = this._workflow;
    this._fillSwitcher();
    const none = projects !== null && projects.length === 0 && !problem;
    this._empty.hidden = !none;
    this._list.hidden = none;
    const words = problem && problemStatus === 0 ? this._trans.__('The Jupyter server does not answer.') : problem;
    say(this._problem, words ? `▲ ${words}` : '');
    this._problem.hidden = !words;
    const stands = this._rows.findIndex(row => row.room.room === status?.stands);
    this._rows.forEach((row, at) =>
      row.show(status?.rooms.find(one => one.room === row.room.room) ?? null, at <= stands, at === stands)
    );
    this._list.setAttribute('aria-busy', String(status === null && !problem));
    this._jobs.show(this._workflow.team, this._workflow.running, status?.now_s ?? 0);
  }

  private _fillSwitcher(): void {
    const { projects, project } = this._workflow;
    const teams = new Set((projects ?? []).map(one => one.team));
    const options = (projects ?? []).map(one => {
      const name = `${one.team}/${one.name}`;
      return [name, teams.size > 1 ? name : one.name];
    });
    const wanted = JSON.stringify(options);
    if (wanted !== this._options) {
      this._options = wanted;
      const news = new Option(this._trans.__('New project…'), NEW);
      this._switcher.replaceChildren(...options.map(([value, label]) => new Option(label, value)), news);
    }
    this._switcher.value = project;
    this._switcher.title = project;
    this._switcher.hidden = options.length === 0;
  }

  private _makeEmpty(): HTMLElement {
    const box = element('div', 'litlab-Panel-empty');
    const button = element('button', 'jp-mod-styled jp-mod-accept', this._trans.__('New project…'));
    button.addEventListener('click', () => void this._lab.execute(this._commands.newProject));
    box.append(
      element('p', 'litlab-Panel-title', this._trans.__('No project yet')),
      element('p', 'litlab-Panel-hint', this._trans.__('A project holds the files, features and models of a team.')),
      button
    );
    return box;
  }

  private readonly _switcher: HTMLSelectElement;
  private readonly _problem: HTMLElement;
  private readonly _empty: HTMLElement;
  private readonly _list: HTMLOListElement;
  private readonly _rows: readonly Row[];
  private readonly _jobs: Jobs;
  private _options = '';
}

/** One room: a button that opens its page, or a quiet line for one that has none yet. */
class Row {
  readonly node = element('li', 'litlab-Row');

  constructor(
    readonly room: IRoom | IApp,
    lab: CommandRegistry,
    private readonly _trans: TranslationBundle
  ) {
    const app = isApp(room);
    const line = element(app ? 'button' : 'div', 'litlab-Row-line');
    line.title = room.caption;
    if (app) {
      line.addEventListener('click', () => void lab.execute(commandOf(room.room), { isPanel: true }));
    } else {
      this.node.classList.add('litlab-mod-later');
    }
    const icon = element('span', 'litlab-Row-icon');
    icon.setAttribute('aria-hidden', 'true');
    room.icon.element({ container: icon });
    line.append(icon, element('span', 'litlab-Row-name', room.label), this._state, this._count);
    this.node.append(line);
  }

  /** Show what the room holds; `reached` colours the line up to where the work stands. */
  show(body: RoomBody | null, reached: boolean, stands: boolean): void {
    const later = !isApp(this.room);
    const words = body ? roomWords(body, this._trans) : '';
    say(this._state, later && !body?.count ? this._trans.__('not here yet') : words);
    say(this._count, body && (body.count || !later) ? body.count.toLocaleString() : '');
    this._state.dataset['state'] = body?.state ?? '';
    this.node.classList.toggle('litlab-mod-reached', reached);
    this.node.classList.toggle('litlab-mod-stands', stands);
    if (stands) {
      this.node.setAttribute('aria-current', 'step');
    } else {
      this.node.removeAttribute('aria-current');
    }
  }

  private readonly _state = element('span', 'litlab-Row-state');
  private readonly _count = element('span', 'litlab-Row-count');
}

/** The jobs that run, at the panel's foot. */
class Jobs {
  readonly node = element('section', 'litlab-Jobs');

  constructor(
    private readonly _lab: CommandRegistry,
    private readonly _commands: IPanelCommands,
    private readonly _trans: TranslationBundle
  ) {
    this._title.textContent = _trans.__('Running jobs');
    this._none.textContent = _trans.__('none');
    this._list.setAttribute('aria-label', _trans.__('Running jobs'));
    const head = element('div', 'litlab-Jobs-head');
    head.append(this._title, this._none);
    this.node.append(head, this._list);
  }

  show(team: string, jobs: readonly JobBody[], nowSeconds: number): void {
    this._none.hidden = jobs.length > 0;
    this._list.hidden = jobs.length === 0;
    const ids = jobs.map(job => job.id);
    for (const [id, line] of this._lines) {
      if (!ids.includes(id)) {
        line.node.remove();
        this._lines.delete(id);
      }
    }
    for (const job of jobs) {
      let line = this._lines.get(job.id);
      if (!line) {
        line = new JobLine(() => void this._lab.execute(this._commands.openLog, { team, job: job.id }), this._trans);
        this._lines.set(job.id, line);
        this._list.append(line.node);
      }
      line.show(job, nowSeconds);
    }
  }

  private readonly _title = element('h2', '');
  private readonly _none = element('span', 'litlab-Jobs-none');
  private readonly _list = element('ul', '');
  private readonly _lines = new Map<string, JobLine>();
}

/** One job: its name, how far it is, how long it will take, its log. */
class JobLine {
  readonly node = element('li', 'litlab-Job');

  constructor(openLog: () => void, private readonly _trans: TranslationBundle) {
    this._bar.setAttribute('role', 'progressbar');
    this._bar.setAttribute('aria-valuemin', '0');
    this._bar.append(this._fill);
    this._log.textContent = _trans.__('Log');
    this._log.addEventListener('click', openLog);
    const line = element('div', 'litlab-Job-line');
    line.append(this._name, this._left, this._state, this._log);
    this.node.append(line, this._bar);
  }

  show(job: JobBody, nowSeconds: number): void {
    say(this._name, job.name);
    this._name.title = job.id;
    say(this._state, jobWords(job, this._trans));
    say(this._left, timeLeft(job, nowSeconds, this._trans));
    this._log.setAttribute('aria-label', this._trans.__('Log of %1', job.name));
    this._bar.setAttribute('aria-label', job.name);
    const known = job.total > 0;
    this.node.classList.toggle('litlab-mod-unknown', !known);
    this._fill.style.width = known ? `${(100 * job.done) / job.total}%` : '';
    if (known) {
      this._bar.setAttribute('aria-valuemax', String(job.total));
      this._bar.setAttribute('aria-valuenow', String(job.done));
    }
  }

  private readonly _name = element('span', 'litlab-Job-name');
  private readonly _left = element('span', 'litlab-Job-left');
  private readonly _state = element('span', 'litlab-Job-state');
  private readonly _log = element('button', 'litlab-Job-log');
  private readonly _bar = element('div', 'litlab-Job-bar');
  private readonly _fill = element('div', 'litlab-Job-fill');
}
