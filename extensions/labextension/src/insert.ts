/** Code into a notebook: the one used last, or a new one. Lab's notebooks are reached through commands only. */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { Widget } from '@lumino/widgets';

/** What is used of a notebook's tab. */
interface INotebook extends Widget {
  readonly revealed: Promise<void>;
  readonly context: { readonly ready: Promise<void> };
}

const NOTEBOOK = 'jp-NotebookPanel';

export class Notebooks {
  constructor(private readonly _lab: JupyterFrontEnd) {
    _lab.shell.currentChanged?.connect((_, { newValue }) => {
      if (newValue?.hasClass(NOTEBOOK)) {
        this._last = newValue;
      }
    });
  }

  /** Put code into a cell of its own below the active one, and go there. */
  async insert(code: string): Promise<void> {
    const { commands, shell } = this._lab;
    const open = [...shell.widgets('main')].filter(widget => widget.hasClass(NOTEBOOK));
    const notebook = open.find(widget => widget === this._last) ?? open[0];
    if (notebook) {
      shell.activateById(notebook.id);
      await ready(notebook as INotebook);
      await commands.execute('notebook:insert-cell-below');
    } else {
      const kernelName = this._lab.serviceManager.kernelspecs.specs?.default;
      await ready((await commands.execute('notebook:create-new', { kernelName })) as INotebook);
    }
    await commands.execute('notebook:replace-selection', { text: code });
  }

  private _last: Widget | null = null;
}

async function ready(notebook: INotebook): Promise<void> {
  await notebook.context.ready;
  await notebook.revealed;
}
