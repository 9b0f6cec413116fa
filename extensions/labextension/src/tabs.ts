/** The pages' tabs: one a room, opened or brought to the front, restored with the layout. */
import type { ILayoutRestorer, JupyterFrontEnd } from '@jupyterlab/application';
import { type IThemeManager, MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

import { commandOf, type IApp } from './apps';
import { AppFrame } from './frame';
import type { Room } from './wire';
import type { Workflow } from './workflow';

type Tab = MainAreaWidget<AppFrame>;

/** How a page is opened: with a whole query, or with the chosen project. */
export interface IOpening {
  readonly query?: string;
  /** Show the chosen project in an open tab, too. */
  readonly followProject?: boolean;
}

export class Tabs {
  constructor(
    private readonly _lab: JupyterFrontEnd,
    private readonly _apps: readonly IApp[],
    private readonly _workflow: Workflow,
    private readonly _themes: IThemeManager | null,
    private readonly _trans: TranslationBundle
  ) {
    for (const app of _apps) {
      this._trackers.set(app.room, new WidgetTracker<Tab>({ namespace: `litlab-${app.room}` }));
    }
    // A page keeps its place in its own address, and nothing tells when that changes.
    _workflow.changed.connect(() => this._rememberPlaces());
  }

  /** Bring the tabs of the last visit back. */
  restore(restorer: ILayoutRestorer): void {
    for (const [room, tracker] of this._trackers) {
      void restorer.restore(tracker, {
        command: commandOf(room),
        name: () => room,
        args: tab => ({ query: tab.content.query })
      });
    }
  }

  /**
   * Open a room's page, or bring its tab to the front.
   *
   * @returns the tab if it is new. The launcher would move a returned one into its own place, and a frame
   * that moves in the page loads again.
   */
  async open(app: IApp, opening: IOpening): Promise<Tab | undefined> {
    const tracker = this._trackers.get(app.room)!;
    const project = this._workflow.project;
    const open = tracker.find(tab => !tab.isDisposed);
    if (open) {
      const frame = open.content;
      if (opening.query !== undefined && !sameQuery(opening.query, frame.query)) {
        frame.navigate(opening.query);
      } else if (opening.followProject && project && project !== (frame.project || this._onlyProject)) {
        frame.navigate(projectQuery(project));
      }
      this._lab.shell.activateById(open.id);
      return undefined;
    }
    const query = opening.query ?? projectQuery(project);
    const content = new AppFrame(app, this._workflow.api.settings, this._themes, this._trans, query);
    content.shown.connect(this._onShown, this);
    content.followed.connect((_, link) => {
      const other = this._apps.find(one => one.room === link.route);
      if (other) {
        link.handled = true;
        void this._lab.commands.execute(commandOf(other.room), { query: link.query });
      }
    });
    const tab = new MainAreaWidget({ content });
    tab.id = `litlab-${app.room}`;
    tab.toolbar.hide();
    this._lab.shell.add(tab, 'main');
    await tracker.add(tab);
    this._lab.shell.activateById(tab.id);
    return tab;
  }

  /** The tab whose page sends from this window. */
  frameOf(source: MessageEventSource | null): AppFrame | null {
    for (const tracker of this._trackers.values()) {
      const tab = tracker.find(one => source !== null && one.content.window === source);
      if (tab) {
        return tab.content;
      }
    }
    return null;
  }

  private get _onlyProject(): string {
    const projects = this._workflow.projects ?? [];
    return projects.length === 1 ? `${projects[0].team}/${projects[0].name}` : '';
  }

  /** A project chosen on a page is the panel's, too. */
  private _onShown(frame: AppFrame, chosen: boolean): void {
    if (chosen) {
      this._workflow.choose(frame.project);
    }
    this._rememberPlaces();
  }

  private _rememberPlaces(): void {
    for (const tracker of this._trackers.values()) {
      tracker.forEach(tab => {
        const place = tab.content.query;
        if (this._places.get(tab) !== place) {
          this._places.set(tab, place);
          void tracker.save(tab);
        }
      });
    }
  }

  private readonly _trackers = new Map<Room, WidgetTracker<Tab>>();
  private readonly _places = new WeakMap<Tab, string>();
}

function projectQuery(project: string): string {
  return project ? new URLSearchParams({ project }).toString() : '';
}

function sameQuery(one: string, other: string): boolean {
  const sorted = (query: string) => {
    const read = new URLSearchParams(query);
    read.delete('theme');
    read.sort();
    return read.toString();
  };
  return sorted(one) === sorted(other);
}
