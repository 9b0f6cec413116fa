/**
 * litlab's place in JupyterLab.
 *
 * 1. For each room with a page (apps.ts) a command, a launcher card, a palette and a menu entry are made.
 * 2. The command opens the page in a tab of the main area, or brings the open tab to the front (tabs.ts).
 * 3. The tab (frame.ts) waits for the pages' process, then shows its page in Lab's own theme.
 * 4. The side panel (panel.ts), the status bar (statusitem.ts) and the notices (notices.ts) show what
 *    workflow.ts asks the server for: the chosen project and where its work stands.
 * 5. Pages ask Lab to open a script, a log or another page, or to take over code (messages.ts).
 * 6. Canvases, `*.litcanvas.json`, are documents (canvas.ts).
 *
 * Commands
 * - `litlab:open-<room>` opens a room's page: `query` is the page's, the chosen project's by default.
 * - `litlab:show-panel` shows the side panel and puts the focus on its project.
 * - `litlab:choose-project` makes `project`, "team/name", the chosen one.
 * - `litlab:new-project` asks for a name and creates a project.
 * - `litlab:refresh` asks the server now.
 * - `litlab:edit-source` opens `script`, "scripts/name", of `team` in Lab's editor.
 * - `litlab:open-log` follows the log of `job`, "logs/3", of `team` in a tab.
 * - `litlab:insert-code` puts `code` into a cell of the notebook used last, or of a new one.
 */
import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import {
  ICommandPalette,
  InputDialog,
  IThemeManager,
  MainAreaWidget,
  Notification,
  WidgetTracker
} from '@jupyterlab/apputils';
import { ILauncher } from '@jupyterlab/launcher';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStateDB } from '@jupyterlab/statedb';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';

import { Api, wordsOf } from './api';
import { commandOf, type IApp, isApp, listRooms } from './apps';
import { addCanvases } from './canvas';
import { Notebooks } from './insert';
import { LogView } from './log';
import { listen } from './messages';
import { tellEnded } from './notices';
import { WorkflowPanel } from './panel';
import { addScripts, openScript } from './scripts';
import { JobsItem } from './statusitem';
import { Tabs } from './tabs';
import { Workflow } from './workflow';

const PLUGIN = 'litlab-labextension:plugin';

/** After Notebook (0) and before Console (20) in the launcher. */
const LAUNCHER_RANK = 10;

/** Behind Lab's own panels: files, running, contents. */
const PANEL_RANK = 300;

const SHOW_PANEL = 'litlab:show-panel';
const CHOOSE_PROJECT = 'litlab:choose-project';
const NEW_PROJECT = 'litlab:new-project';
const REFRESH = 'litlab:refresh';
const EDIT_SOURCE = 'litlab:edit-source';
const OPEN_LOG = 'litlab:open-log';
const INSERT_CODE = 'litlab:insert-code';

const plugin: JupyterFrontEndPlugin<void> = {
  id: PLUGIN,
  description: 'The litlab side panel, and its pages in tabs.',
  autoStart: true,
  optional: [
    ILauncher,
    ICommandPalette,
    ILayoutRestorer,
    IThemeManager,
    ITranslator,
    ISettingRegistry,
    IStateDB,
    IStatusBar
  ],
  activate: (
    lab: JupyterFrontEnd,
    launcher: ILauncher | null,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
    themes: IThemeManager | null,
    translator: ITranslator | null,
    registry: ISettingRegistry | null,
    memory: IStateDB | null,
    statusBar: IStatusBar | null
  ) => {
    const trans = (translator ?? nullTranslator).load('litlab');
    const category = trans.__('litlab');
    const rooms = listRooms(trans);
    const apps = rooms.filter(isApp);
    const workflow = new Workflow(new Api(lab.serviceManager.serverSettings), memory);
    const tabs = new Tabs(lab, apps, workflow, themes, trans);
    const failed = (error: unknown) => void Notification.error(`▲ ${wordsOf(error)}`, { autoClose: false });

    apps.forEach((app, rank) => {
      addOpenCommand(lab, tabs, app);
      launcher?.add({ command: commandOf(app.room), category, rank, categoryRank: LAUNCHER_RANK });
      palette?.addItem({ command: commandOf(app.room), category, args: { isPalette: true } });
    });
    addProjectCommands(lab, workflow, trans, failed);
    addLogCommand(lab, workflow, restorer, trans);
    addScripts(lab, workflow, trans);
    const { icon } = rooms.find(one => one.room === 'designer')!;
    addCanvases(lab, workflow, { icon, editSource: EDIT_SOURCE, openExperiments: commandOf('experiments') }, trans);
    addEditingCommands(lab, workflow, trans);
    for (const command of [SHOW_PANEL, NEW_PROJECT, REFRESH]) {
      palette?.addItem({ command, category });
    }

    const panel = new WorkflowPanel(
      workflow,
      rooms,
      lab.commands,
      { newProject: NEW_PROJECT, openLog: OPEN_LOG },
      trans
    );
    lab.shell.add(panel, 'left', { rank: PANEL_RANK });
    restorer?.add(panel, panel.id);
    const showPanel = () => {
      lab.shell.activateById(panel.id);
      panel.node.querySelector('select')?.focus();
    };
    lab.commands.addCommand(SHOW_PANEL, {
      label: trans.__('Show litlab'),
      caption: trans.__('Show the project and where its work stands'),
      describedBy: { args: { type: 'object', properties: {} } },
      execute: showPanel
    });
    statusBar?.registerStatusItem('litlab:jobs', {
      item: new JobsItem(workflow, showPanel, trans),
      align: 'left',
      rank: 10,
      isActive: () => workflow.running.length > 0,
      activeStateChanged: workflow.changed
    });

    if (restorer) {
      tabs.restore(restorer);
    }
    listen(
      tabs,
      apps,
      workflow,
      lab.commands,
      { editSource: EDIT_SOURCE, openLog: OPEN_LOG, insertCode: INSERT_CODE },
      failed
    );
    let notifies = true;
    workflow.jobEnded.connect((_, ended) => {
      if (notifies) {
        tellEnded(ended, apps, lab.commands, OPEN_LOG, trans);
      }
    });
    void readSettings(registry, settings => {
      workflow.intervalSeconds = settings.composite['pollSeconds'] as number;
      notifies = settings.composite['notifications'] as boolean;
      return settings.composite['defaultProject'] as string;
    }).then(project => workflow.start(project));
  }
};

/** Read the settings now and whenever they change; returns what the first reading gave, "" without any. */
async function readSettings(
  registry: ISettingRegistry | null,
  read: (settings: ISettingRegistry.ISettings) => string
): Promise<string> {
  const settings = await registry?.load(PLUGIN).catch(() => null);
  settings?.changed.connect(changed => void read(changed));
  return settings ? read(settings) : '';
}

function addOpenCommand(lab: JupyterFrontEnd, tabs: Tabs, app: IApp): void {
  lab.commands.addCommand(commandOf(app.room), {
    label: args => (args['isPalette'] ? app.open : app.label),
    caption: app.caption,
    icon: args => (args['isPalette'] ? undefined : app.icon),
    describedBy: {
      args: {
        type: 'object',
        properties: {
          query: { type: 'string' },
          isPalette: { type: 'boolean' },
          isPanel: { type: 'boolean' }
        }
      }
    },
    execute: args => {
      const query = args['query'];
      return tabs.open(app, {
        ...(typeof query === 'string' ? { query } : {}),
        followProject: Boolean(args['isPanel'])
      });
    }
  });
}

function addProjectCommands(
  lab: JupyterFrontEnd,
  workflow: Workflow,
  trans: TranslationBundle,
  failed: (error: unknown) => void
): void {
  lab.commands.addCommand(CHOOSE_PROJECT, {
    label: args => trans.__('Choose the litlab project %1', String(args['project'] ?? '')),
    caption: trans.__('Show where the work of another project stands'),
    describedBy: {
      args: { type: 'object', required: ['project'], properties: { project: { type: 'string' } } }
    },
    execute: args => workflow.choose(String(args['project'] ?? ''))
  });
  lab.commands.addCommand(NEW_PROJECT, {
    label: trans.__('New litlab Project…'),
    caption: trans.__('Create a project of a team; the team comes into being with its first'),
    describedBy: { args: { type: 'object', properties: {} } },
    execute: async () => {
      const given = await InputDialog.getText({
        title: trans.__('New litlab project'),
        label: trans.__('Team and name, with a slash between'),
        placeholder: 'contoso/volatility',
        text: workflow.team ? `${workflow.team}/` : '',
        okLabel: trans.__('Create')
      });
      if (!given.button.accept || !given.value) {
        return;
      }
      const [team, ...name] = given.value.trim().split('/');
      try {
        const made = await workflow.api.createProject({ team, name: name.join('/') });
        await workflow.refreshProjects();
        workflow.choose(`${made.team}/${made.name}`);
      } catch (error) {
        failed(error);
      }
    }
  });
  lab.commands.addCommand(REFRESH, {
    label: trans.__('Refresh litlab'),
    caption: trans.__('Ask the server now where the work stands'),
    describedBy: { args: { type: 'object', properties: {} } },
    execute: () => workflow.refresh()
  });
}

function addLogCommand(
  lab: JupyterFrontEnd,
  workflow: Workflow,
  restorer: ILayoutRestorer | null,
  trans: TranslationBundle
): void {
  const tracker = new WidgetTracker<MainAreaWidget<LogView>>({ namespace: 'litlab-log' });
  lab.commands.addCommand(OPEN_LOG, {
    label: trans.__('Open the Log of a litlab Job'),
    caption: trans.__('Follow what a build, a training run or another job says'),
    describedBy: {
      args: {
        type: 'object',
        required: ['job'],
        properties: { team: { type: 'string' }, job: { type: 'string' } }
      }
    },
    execute: async args => {
      const team = String(args['team'] || workflow.team);
      const job = String(args['job'] ?? '');
      const open = tracker.find(tab => tab.content.team === team && tab.content.job === job);
      if (open) {
        lab.shell.activateById(open.id);
        return open;
      }
      const tab = new MainAreaWidget({ content: new LogView(workflow.api, team, job, trans) });
      tab.id = `litlab-log-${team}-${job.replace(/\W/g, '-')}`;
      tab.toolbar.hide();
      lab.shell.add(tab, 'main', { mode: 'tab-after' });
      await tracker.add(tab);
      lab.shell.activateById(tab.id);
      return tab;
    }
  });
  void restorer?.restore(tracker, {
    command: OPEN_LOG,
    name: tab => `${tab.content.team}/${tab.content.job}`,
    args: tab => ({ team: tab.content.team, job: tab.content.job })
  });
}

function addEditingCommands(lab: JupyterFrontEnd, workflow: Workflow, trans: TranslationBundle): void {
  const notebooks = new Notebooks(lab);
  lab.commands.addCommand(EDIT_SOURCE, {
    label: trans.__('Edit a litlab Script'),
    caption: trans.__('Open the source of a script or component in the editor'),
    describedBy: {
      args: {
        type: 'object',
        required: ['script'],
        properties: { team: { type: 'string' }, script: { type: 'string' } }
      }
    },
    execute: args =>
      openScript(lab, workflow.api, String(args['team'] || workflow.team), String(args['script'] ?? ''))
  });
  lab.commands.addCommand(INSERT_CODE, {
    label: trans.__('Insert Code of litlab into a Notebook'),
    caption: trans.__('Put the code of what is on a page into a cell of its own'),
    describedBy: { args: { type: 'object', required: ['code'], properties: { code: { type: 'string' } } } },
    execute: args => notebooks.insert(String(args['code'] ?? ''))
  });
}

export default plugin;
