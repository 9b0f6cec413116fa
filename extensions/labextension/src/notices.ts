/** What ends elsewhere is said once, with a button that leads there: a note in Lab's corner and its centre. */
import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';

import { commandOf, type IApp } from './apps';
import type { Room } from './wire';
import type { IEnded } from './workflow';

const SHOWN_MS = 12_000;

/** Where people go on when a room's job is done. */
const NEXT: Partial<Record<Room, Room>> = { uploads: 'discovery', builds: 'assets' };

/** Say how a job ended. */
export function tellEnded(
  { team, job }: IEnded,
  apps: readonly IApp[],
  commands: CommandRegistry,
  openLog: string,
  trans: TranslationBundle
): void {
  const project = job.project && `${team}/${job.project}`;
  const query = project ? new URLSearchParams({ project }).toString() : undefined;
  const leads = (room: Room | null): Notification.IAction[] => {
    const app = apps.find(one => one.room === room);
    const callback = () => void commands.execute(commandOf(app!.room), query === undefined ? {} : { query });
    return app ? [{ label: app.label, caption: app.caption, displayType: 'accent', callback }] : [];
  };
  const log: Notification.IAction = {
    label: trans.__('Log'),
    callback: () => void commands.execute(openLog, { team, job: job.id })
  };
  const what = job.room === 'builds' ? trans.__('The build of %1', job.name) : job.name;
  if (job.state === 'done') {
    const next = (job.room && NEXT[job.room]) ?? job.room;
    Notification.success(trans.__('● %1 is done', what), { autoClose: SHOWN_MS, actions: leads(next) });
  } else if (job.state === 'paused') {
    Notification.info(trans.__('‖ %1 is paused', what), { autoClose: SHOWN_MS, actions: leads(job.room) });
  } else if (job.state === 'stopped') {
    Notification.info(trans.__('■ %1 was stopped', what), { autoClose: SHOWN_MS, actions: leads(job.room) });
  } else {
    const reason = job.reason ? `: ${job.reason}` : '';
    const actions = [...leads(job.room), log];
    Notification.error(`${trans.__('▲ %1 failed', what)}${reason}`, { autoClose: false, actions });
  }
}
