/**
 * What the pages ask of Lab: `{litlab: name, argument}` from one of our own frames, of our own origin.
 *
 * - `edit-source`, `scripts/<name>`: open the script in Lab's editor.
 * - `log`, a job's folder or log file: open it in a tab.
 * - `insert`, code: put it into a notebook.
 * - `open`, `<page>?<query>`: open the page in its tab.
 */
import type { CommandRegistry } from '@lumino/commands';

import { commandOf, type IApp } from './apps';
import type { Tabs } from './tabs';
import type { Workflow } from './workflow';

/** The commands that messages come to. */
export interface IMessageCommands {
  readonly editSource: string;
  readonly openLog: string;
  readonly insertCode: string;
}

/** Listen until the page goes. */
export function listen(
  tabs: Tabs,
  apps: readonly IApp[],
  workflow: Workflow,
  commands: CommandRegistry,
  names: IMessageCommands,
  failed: (error: unknown) => void
): void {
  window.addEventListener('message', event => {
    const frame = event.origin === window.origin ? tabs.frameOf(event.source) : null;
    const { litlab, argument } = (event.data ?? {}) as { litlab?: unknown; argument?: unknown };
    if (!frame || typeof litlab !== 'string' || typeof argument !== 'string') {
      return;
    }
    const project = frame.project || workflow.project;
    const team = project.split('/')[0];
    const ask = (): Promise<unknown> | undefined => {
      switch (litlab) {
        case 'edit-source':
          return commands.execute(names.editSource, { team, script: argument });
        case 'log':
          return commands.execute(names.openLog, logOf(argument, team, workflow.status?.home ?? ''));
        case 'insert':
          return commands.execute(names.insertCode, { code: argument });
        case 'open':
          return open(argument, project, apps, commands);
        default:
          return undefined;
      }
    };
    ask()?.catch(failed);
  });
}

/** A log as team and job: pages may name it by its path, below the workspace's folder or the team's. */
export function logOf(path: string, team: string, home: string): { team: string; job: string } {
  const below = home && path.startsWith(`${home}/`) ? path.slice(home.length + 1) : `${team}/${path}`;
  const [first, ...rest] = below.split('/');
  return { team: first, job: rest.join('/') };
}

function open(
  page: string,
  project: string,
  apps: readonly IApp[],
  commands: CommandRegistry
): Promise<unknown> | undefined {
  const [name, asked = ''] = page.replace(/^\.?\//, '').split('?', 2);
  const app = apps.find(one => one.room === name);
  const query = new URLSearchParams(asked);
  query.delete('theme');
  if (project && !query.has('project')) {
    query.set('project', project);
  }
  return app && commands.execute(commandOf(app.room), { query: query.toString() });
}
