/** How many jobs run, in Lab's status bar; a click shows the side panel. */
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import { element, say } from './dom';
import type { Workflow } from './workflow';
import { jobWords } from './words';

export class JobsItem extends Widget {
  constructor(
    private readonly _workflow: Workflow,
    showPanel: () => void,
    private readonly _trans: TranslationBundle
  ) {
    super();
    this.addClass('litlab-JobsItem');
    this._button.addEventListener('click', showPanel);
    this.node.append(this._button);
    _workflow.changed.connect(this._update, this);
    this._update();
  }

  override dispose(): void {
    this._workflow.changed.disconnect(this._update, this);
    super.dispose();
  }

  private _update(): void {
    const jobs = this._workflow.running;
    const [first] = jobs;
    const words = first ? jobWords(first, this._trans) : '';
    const what = jobs.length === 1 ? first.name : this._trans._n('%1 job', '%1 jobs', jobs.length);
    say(this._button, first ? `litlab ${words} ${what}` : '');
    this._button.title = jobs.map(job => `${job.name} ${jobWords(job, this._trans)}`).join('\n');
  }

  private readonly _button = element('button', 'litlab-JobsItem-button');
}
