/** What a tab shows while it has no page to show: progress, or what is wrong with a way out. */
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import { element } from './dom';
import type { IFailure } from './start';

/** Seconds after which the wait is explained, so that a warm start does not flash a text. */
const EXPLAIN_S = 2;

/** Seconds after which a start counts as slow. */
const SLOW_S = 20;

/** A quiet message in the middle of the tab. */
export class Note extends Widget {
  /**
   * @param name - the app's name.
   * @param retry - called when the person asks to try again.
   */
  constructor(name: string, trans: TranslationBundle, retry: () => void) {
    super();
    this._name = name;
    this._trans = trans;
    this._retry = retry;
    this.addClass('litlab-Note');
  }

  /** Say that the app is on its way, with the seconds it has taken. */
  showProgress(): void {
    this._stopClock();
    const since = performance.now();
    const bar = element('div', 'litlab-Note-bar');
    bar.setAttribute('role', 'progressbar');
    bar.setAttribute('aria-label', this._trans.__('Opening %1', this._name));
    const hint = element('p', 'litlab-Note-hint');
    const clock = element('span', 'litlab-Note-clock');
    clock.setAttribute('aria-hidden', 'true');
    const title = element('p', 'litlab-Note-title', this._trans.__('Opening %1…', this._name));
    title.append(clock);
    this._fill('status', title, bar, hint);
    this._clock = window.setInterval(() => {
      const seconds = Math.floor((performance.now() - since) / 1000);
      clock.textContent = this._trans.__('%1 s', seconds);
      if (seconds >= SLOW_S) {
        hint.textContent = this._trans.__('Still starting: the machine is busy. It gives up after a minute.');
      } else if (seconds >= EXPLAIN_S) {
        hint.textContent = this._trans.__('The first start takes 10 to 20 seconds.');
      }
    }, 1000);
  }

  /** Say what went wrong and what helps, with a button to try again. */
  showFailure(failure: IFailure): void {
    this._stopClock();
    const button = element('button', 'jp-mod-styled jp-mod-accept', this._trans.__('Try again'));
    button.addEventListener('click', this._retry);
    this._fill(
      'alert',
      element('p', 'litlab-Note-title', `▲ ${failure.reason}`),
      element('p', 'litlab-Note-hint', failure.remedy),
      button
    );
  }

  /** Make way for the page. */
  override hide(): void {
    this._stopClock();
    super.hide();
  }

  override dispose(): void {
    this._stopClock();
    super.dispose();
  }

  private _fill(role: 'status' | 'alert', ...children: HTMLElement[]): void {
    const box = element('div', 'litlab-Note-box');
    box.setAttribute('role', role);
    box.append(...children);
    this.node.replaceChildren(box);
    this.show();
  }

  private _stopClock(): void {
    window.clearInterval(this._clock);
  }

  private readonly _name: string;
  private readonly _trans: TranslationBundle;
  private readonly _retry: () => void;
  private _clock: number | undefined;
}
