/** A job's log in a tab: read on from where the last answer ended, until the job has. */
import type { TranslationBundle } from '@jupyterlab/translation';
import { Poll } from '@lumino/polling';
import { Widget } from '@lumino/widgets';

import { litlabIcon } from './apps';
import { type Api, wordsOf } from './api';
import { element, say } from './dom';
import type { State } from './wire';

/** Characters kept on the page; what came before is in the file. */
const MOST = 2_000_000;

/** Colours and cursor moves of programs that think they write to a terminal. */
// eslint-disable-next-line no-control-regex
const CONTROLS = /\u001b\[[0-9;?]*[A-Za-z]/g;

export class LogView extends Widget {
  constructor(
    private readonly _api: Api,
    readonly team: string,
    readonly job: string,
    private readonly _trans: TranslationBundle
  ) {
    super();
    this.addClass('litlab-Log');
    this.title.label = _trans.__('Log of %1', job);
    this.title.caption = _trans.__('What %1 of %2 says', job, team);
    this.title.icon = litlabIcon;
    this.title.closable = true;
    this._text.setAttribute('role', 'log');
    this._text.setAttribute('aria-label', this.title.label);
    this._text.tabIndex = 0;
    this._state.setAttribute('role', 'status');
    const head = element('div', 'litlab-Log-head');
    head.append(element('span', 'litlab-Log-name', `${team}/${job}`), this._file, this._state);
    this.node.append(head, this._text);
    this._poll = new Poll({
      name: `litlab:log:${team}/${job}`,
      factory: () => this._read(),
      frequency: { interval: 1000, backoff: true, max: 30_000 },
      standby: () => (this.isVisible ? 'when-hidden' : true)
    });
  }

  override dispose(): void {
    this._poll.dispose();
    super.dispose();
  }

  private async _read(): Promise<void> {
    try {
      let behind = true;
      while (behind && !this.isDisposed) {
        const body = await this._api.log(this.team, this.job, this._name, this._offset);
        if (body.start !== this._offset) {
          this._text.textContent = '';
        }
        this._append(body.text);
        behind = body.offset < body.size && body.offset !== this._offset;
        this._offset = body.offset;
        this._name = body.file;
        say(this._file, body.file);
        this._say(body.state);
        if (!behind && !['running', 'queued'].includes(body.state)) {
          void this._poll.stop();
        }
      }
    } catch (error) {
      say(this._state, `▲ ${wordsOf(error)}`);
      throw error;
    }
  }

  /** Add lines; who looks at the end goes on looking at it. */
  private _append(text: string): void {
    if (!text) {
      return;
    }
    const follows = this._text.scrollHeight - this._text.scrollTop - this._text.clientHeight < 24;
    this._text.append(plain(text));
    while ((this._text.textContent?.length ?? 0) > MOST && this._text.childNodes.length > 1) {
      this._text.firstChild!.remove();
    }
    if (follows) {
      this._text.scrollTop = this._text.scrollHeight;
    }
  }

  private _say(state: State): void {
    const words: Record<State, string> = {
      '': '',
      queued: this._trans.__('○ queued'),
      running: this._trans.__('◐ running'),
      done: this._trans.__('● done'),
      paused: this._trans.__('‖ paused'),
      stopped: this._trans.__('■ stopped'),
      failed: this._trans.__('▲ failed')
    };
    say(this._state, words[state]);
  }

  private readonly _poll: Poll<void>;
  private readonly _text = element('pre', 'litlab-Log-text');
  private readonly _state = element('span', 'litlab-Log-state');
  private readonly _file = element('span', 'litlab-Log-file');
  private _name = '';
  private _offset: number | undefined;
}

/** A terminal's text without its controls; of a line that was written over, what was written last. */
function plain(text: string): string {
  return text
    .replace(CONTROLS, '')
    .replace(/\r+\n/g, '\n')
    .replace(/[^\n]*\r(?=[^\n])/g, '');
}
