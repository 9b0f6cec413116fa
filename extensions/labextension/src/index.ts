/**
 * litlab's place in JupyterLab.
 *
 * 1. For each app of apps.ts a command, a launcher card and a palette entry are made.
 * 2. The command opens the app in a tab of the main area, or brings the open tab to the front.
 * 3. The tab (frame.ts) waits for the app's process, then shows its page in Lab's own theme.
 * 4. Open tabs come back with the layout.
 *
 * Commands
 * - `litlab:open-discovery` opens the chart of the ticks around an index.
 * - `litlab:open-assets` opens the list of built assets.
 */
import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import {
  ICommandPalette,
  IThemeManager,
  MainAreaWidget,
  WidgetTracker
} from '@jupyterlab/apputils';
import { ILauncher } from '@jupyterlab/launcher';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { commandOf, listApps } from './apps';
import { AppFrame } from './frame';

/** After Notebook (0) and before Console (20) in the launcher. */
const LAUNCHER_RANK = 10;

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'litlab-labextension:apps',
  description: 'Opens the litlab apps in tabs.',
  autoStart: true,
  optional: [ILauncher, ICommandPalette, ILayoutRestorer, IThemeManager, ITranslator],
  activate: (
    lab: JupyterFrontEnd,
    launcher: ILauncher | null,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
    themes: IThemeManager | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('litlab');
    const category = trans.__('litlab');

    listApps(trans).forEach((app, rank) => {
      const command = commandOf(app);
      const tracker = new WidgetTracker<MainAreaWidget<AppFrame>>({
        namespace: `litlab-${app.route}`
      });

      lab.commands.addCommand(command, {
        label: args => (args['isPalette'] ? app.open : app.label),
        caption: app.caption,
        icon: args => (args['isPalette'] ? undefined : app.icon),
        describedBy: { args: { type: 'object', properties: { isPalette: { type: 'boolean' } } } },
        execute: async () => {
          const open = tracker.find(widget => !widget.isDisposed);
          if (open) {
            // Not returned: the launcher would move a returned widget into its own place, and a
            // frame that moves in the page loads again.
            lab.shell.activateById(open.id);
            return;
          }
          const content = new AppFrame(app, lab.serviceManager.serverSettings, themes, trans);
          const widget = new MainAreaWidget({ content });
          widget.id = `litlab-${app.route}`;
          widget.toolbar.hide();
          lab.shell.add(widget, 'main');
          await tracker.add(widget);
          lab.shell.activateById(widget.id);
          return widget;
        }
      });

      launcher?.add({ command, category, rank, categoryRank: LAUNCHER_RANK });
      palette?.addItem({ command, category, args: { isPalette: true } });
      void restorer?.restore(tracker, { command, name: () => app.route });
    });
  }
};

export default plugin;
