/**
 * `*.litcanvas.json` as a document: opened, drawn, saved and shared by Lab as any other file.
 *
 * What draws is the module that the pages and the notebooks use, too: the server hands it out, and the browser
 * keeps one copy of it for all canvases that are open.
 */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { URLExt } from '@jupyterlab/coreutils';
import { ABCWidgetFactory, type DocumentRegistry, DocumentWidget } from '@jupyterlab/docregistry';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { LabIcon } from '@jupyterlab/ui-components';
import { Widget } from '@lumino/widgets';

import { wordsOf } from './api';
import { CanvasModel, type ICanvasActions } from './canvasmodel';
import { element } from './dom';
import type { Workflow } from './workflow';

const FACTORY = 'litlab Canvas';
const FILE_TYPE = 'litcanvas';
/** Of jupyter-collaboration, which gives documents that several people have open at once. */
const COLLABORATION = '@jupyter/docprovider-extension';

interface IBundle {
  default: { render(given: { model: CanvasModel; el: HTMLElement }): void | (() => void) };
}

/** What the documents need of the extension. */
export interface ICanvasNeeds {
  readonly icon: LabIcon;
  readonly editSource: string;
  readonly openExperiments: string;
}

/** Let Lab open canvases. */
export function addCanvases(
  lab: JupyterFrontEnd,
  workflow: Workflow,
  needs: ICanvasNeeds,
  trans: TranslationBundle
): void {
  lab.docRegistry.addFileType({
    name: FILE_TYPE,
    displayName: trans.__('litlab Canvas'),
    extensions: ['.litcanvas.json'],
    mimeTypes: ['application/json'],
    contentType: 'file',
    fileFormat: 'text',
    icon: needs.icon
  });
  const isShared = lab.listPlugins().some(id => id.startsWith(COLLABORATION));
  const options: DocumentRegistry.IWidgetFactoryOptions<CanvasDocument> = {
    name: FACTORY,
    label: trans.__('litlab Canvas'),
    modelName: 'text',
    fileTypes: [FILE_TYPE],
    defaultFor: [FILE_TYPE],
    ...(isShared ? { contentProviderId: 'rtc' } : {})
  };
  const actions: ICanvasActions = {
    editSource: component => {
      const script = `components/${component}`;
      void lab.commands.execute(needs.editSource, { team: workflow.team, script });
    },
    launched: ({ run, project }) => {
      const query = new URLSearchParams({ project, run }).toString();
      const callback = () => void lab.commands.execute(needs.openExperiments, { query });
      const known = lab.commands.hasCommand(needs.openExperiments);
      const shown = { label: trans.__('Show experiment'), displayType: 'accent' as const, callback };
      Notification.success(trans.__('● %1 is launched', run), { autoClose: 8000, actions: known ? [shown] : [] });
    }
  };
  lab.docRegistry.addWidgetFactory(new CanvasFactory(options, workflow, actions, trans));
}

type CanvasDocument = DocumentWidget<CanvasPane>;

class CanvasFactory extends ABCWidgetFactory<CanvasDocument> {
  constructor(
    options: DocumentRegistry.IWidgetFactoryOptions<CanvasDocument>,
    private readonly _workflow: Workflow,
    private readonly _actions: ICanvasActions,
    private readonly _trans: TranslationBundle
  ) {
    super(options);
  }

  protected createNewWidget(context: DocumentRegistry.Context): CanvasDocument {
    const content = new CanvasPane(context, this._workflow, this._actions, this._trans);
    return new DocumentWidget({ content, context });
  }
}

/** The drawing, in a tree of its own that Lab's styles stay out of. */
class CanvasPane extends Widget {
  constructor(
    private readonly _context: DocumentRegistry.Context,
    private readonly _workflow: Workflow,
    private readonly _actions: ICanvasActions,
    private readonly _trans: TranslationBundle
  ) {
    super();
    this.addClass('litlab-Canvas');
    this._said.setAttribute('role', 'status');
    this.node.append(this._said);
    void this._draw();
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this._workflow.changed.disconnect(this._onWorkflow, this);
      this._leave?.();
      this._model?.dispose();
    }
    super.dispose();
  }

  private async _draw(): Promise<void> {
    try {
      const root = this._place.attachShadow({ mode: 'open' });
      const room = element('div', '');
      room.style.height = '100%';
      room.style.setProperty('--litcanvas-height', '0px'); // the tab gives it its height
      root.append(room);
      this.node.append(this._place); // what is in no document loads no style
      const [bundle] = await Promise.all([this._bundle(), this._style(root), this._context.ready]);
      if (this.isDisposed) {
        return;
      }
      this._team = this._workflow.team;
      const team = () => this._workflow.team;
      this._model = new CanvasModel(this._context, this._workflow.api, team, this._actions, this._trans);
      this._workflow.changed.connect(this._onWorkflow, this);
      this._said.remove();
      this._leave = bundle.default.render({ model: this._model, el: room });
    } catch (error) {
      this._said.setAttribute('role', 'alert');
      this._said.textContent = `▲ ${this._trans.__('The canvas cannot be shown: %1', wordsOf(error))}`;
    }
  }

  private _onWorkflow(): void {
    if (this._workflow.team !== this._team) {
      this._team = this._workflow.team;
      this._model?.refresh();
    }
  }

  private _bundle(): Promise<IBundle> {
    return import(/* webpackIgnore: true */ this._address('canvas.js')) as Promise<IBundle>;
  }

  private _style(root: ShadowRoot): Promise<void> {
    return new Promise(resolve => {
      const link = document.createElement('link');
      link.rel = 'stylesheet';
      link.href = this._address('canvas.css');
      link.onload = link.onerror = () => resolve();
      root.append(link);
    });
  }

  private _address(name: string): string {
    return URLExt.join(this._workflow.api.settings.baseUrl, 'litlab-api/static', name);
  }

  private readonly _said = element('div', 'litlab-Canvas-said', '…');
  private readonly _place = element('div', 'litlab-Canvas-place');
  private _model: CanvasModel | null = null;
  private _leave: void | (() => void) = undefined;
  private _team = '';
}
