/**
 * Scripts in Lab's own editor.
 *
 * The workspace may lie outside Jupyter's folder, so the server shows its scripts as a drive called "litlab".
 * A script that litlab or a plugin ships opens read-only, with a line above it that offers the team's own copy:
 * that one is used instead from then on.
 */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import { type DocumentRegistry, DocumentWidget } from '@jupyterlab/docregistry';
import { Drive } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import { DisposableDelegate, type IDisposable } from '@lumino/disposable';
import { Widget } from '@lumino/widgets';

import { type Api, wordsOf } from './api';
import { element } from './dom';
import type { Workflow } from './workflow';

const DRIVE = 'litlab';
const SHIPPED = `${DRIVE}:_shipped/`;
const EDITOR = 'Editor';

/** Add the drive, and the line above what is shipped. */
export function addScripts(lab: JupyterFrontEnd, workflow: Workflow, trans: TranslationBundle): void {
  const { serverSettings, contents } = lab.serviceManager;
  contents.addDrive(new Drive({ name: DRIVE, apiEndpoint: 'litlab-api/contents', serverSettings }));
  lab.docRegistry.addWidgetExtension(EDITOR, {
    createNew: (widget: Widget, context: DocumentRegistry.Context): IDisposable => {
      if (!(widget instanceof DocumentWidget) || !context.path.startsWith(SHIPPED)) {
        return new DisposableDelegate(() => undefined);
      }
      const script = context.path.slice(SHIPPED.length).replace(/\.py$/, '');
      const line = new ShippedLine(trans, workflow, async () => {
        await openScript(lab, workflow.api, workflow.team, script, true);
        widget.close();
      });
      widget.contentHeader.addWidget(line);
      return line;
    }
  });
}

/**
 * Open a script in the editor.
 *
 * @param script - `scripts/<name>` or `components/<name>`.
 * @param copy - make a shipped one the team's own first.
 */
export async function openScript(
  lab: JupyterFrontEnd,
  api: Api,
  team: string,
  script: string,
  copy = false
): Promise<void> {
  const { path } = await api.script(team, script, copy);
  await lab.commands.execute('docmanager:open', { path: `${DRIVE}:${path}`, factory: EDITOR });
}

/** Says that a script is shipped, and offers the team's copy. */
class ShippedLine extends Widget {
  constructor(trans: TranslationBundle, workflow: Workflow, copy: () => Promise<void>) {
    super();
    this.addClass('litlab-Shipped');
    const text = element('span', 'litlab-Shipped-text');
    const button = element('button', 'jp-mod-styled', trans.__('Edit a copy'));
    const tell = () => {
      text.textContent = trans.__(
        'This script came with litlab or a plugin and cannot be changed here. A copy of %1’s own is used instead by all its features.',
        workflow.team || trans.__('the team')
      );
      button.disabled = !workflow.team;
    };
    button.addEventListener('click', () => {
      button.disabled = true;
      copy().catch(error => {
        text.textContent = `▲ ${wordsOf(error)}`;
        button.disabled = false;
      });
    });
    workflow.changed.connect(tell);
    this.disposed.connect(() => workflow.changed.disconnect(tell));
    tell();
    this.node.append(text, button);
  }
}
