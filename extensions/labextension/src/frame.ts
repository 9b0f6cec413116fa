/**
 * One app in a tab.
 *
 * 1. The note shows at once; `startApps` makes the server start the apps' process and waits for it.
 * 2. Then the frame loads the app's page with `?theme=light` or `dark`.
 * 3. The note goes when the page has drawn something, or says what went wrong.
 *
 * When Lab's theme changes the frame loads again with the new theme at the address it has then: Bokeh
 * fixes a document's theme when it is made, so telling the open page could only recolour a part of it,
 * and what the app keeps in its address (project, index) survives the reload.
 */
import type { IThemeManager } from '@jupyterlab/apputils';
import { URLExt } from '@jupyterlab/coreutils';
import type { ServerConnection } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import { IFrame } from '@jupyterlab/ui-components';
import { type ISignal, Signal } from '@lumino/signaling';
import { PanelLayout, Widget } from '@lumino/widgets';

import type { IApp } from './apps';
import { Note } from './note';
import { explain, startApps } from './start';

/** A page that draws nothing is shown as it is after this time. */
const DRAWN_TIMEOUT_MS = 15000;

/** Where a frame is before it has been given an address. */
const BLANK = 'about:blank';

/** A link on a page to the page of another room. */
export interface ILink {
  readonly route: string;
  readonly query: string;
  /** Set by whoever opens it; else the page itself goes there. */
  handled: boolean;
}

/** The page of an app, with a note in its place until it is there. */
export class AppFrame extends Widget {
  constructor(
    app: IApp,
    settings: ServerConnection.ISettings,
    themes: IThemeManager | null,
    trans: TranslationBundle,
    query = ''
  ) {
    super();
    this._app = app;
    this._settings = settings;
    this._themes = themes;
    this._trans = trans;
    this._address = `${URLExt.join(settings.baseUrl, 'litlab', app.room)}${withMark(query)}`;
    this.addClass('litlab-AppFrame');
    this.title.label = app.label;
    this.title.caption = trans.__('litlab: %1', app.label);
    this.title.icon = app.icon;
    this.title.closable = true;

    this._note = new Note(app.label, trans, () => void this.start());
    this._frame = new IFrame();
    // A sandbox that allows scripts of one's own origin holds nothing back: none rather than a sham.
    this._page.removeAttribute('sandbox');
    this._page.title = app.label;
    this._page.addEventListener('load', () => void this._onLoad());
    const layout = (this.layout = new PanelLayout());
    layout.addWidget(this._frame);
    layout.addWidget(this._note);

    themes?.themeChanged.connect(this._onTheme, this);
    void this.start();
  }

  /** The page's address behind the question mark, the theme left out. */
  get query(): string {
    const asked = new URL(this._whereItIs(), window.location.href).searchParams;
    asked.delete('theme');
    return asked.toString();
  }

  /** The project the page shows, `team/name`; "" where its address does not tell. */
  get project(): string {
    return new URLSearchParams(this.query).get('project') ?? '';
  }

  /** The window of the page, by which its messages are known. */
  get window(): Window | null {
    return this._page.contentWindow;
  }

  /** A page has come up; true where a person chose another project on it than the one that was asked for. */
  get shown(): ISignal<this, boolean> {
    return this._shown;
  }

  /** Somebody followed a link to another room's page. */
  get followed(): ISignal<this, ILink> {
    return this._followed;
  }

  /** Go to another address of the same page. */
  navigate(query: string): void {
    this._address = `${URLExt.join(this._settings.baseUrl, 'litlab', this._app.room)}${withMark(query)}`;
    if (this._started) {
      this._expectPage();
      this._load();
    }
  }

  /** Wait for the apps' process, then load the page; "Try again" calls it once more. */
  async start(): Promise<void> {
    this._expectPage();
    const failure = await startApps(this._settings, this._trans);
    if (this.isDisposed) {
      return;
    }
    if (failure) {
      this._note.showFailure(failure);
    } else {
      this._started = true;
      this._load();
    }
  }

  override dispose(): void {
    this._themes?.themeChanged.disconnect(this._onTheme, this);
    Signal.clearData(this);
    super.dispose();
  }

  private get _page(): HTMLIFrameElement {
    return this._frame.node.querySelector('iframe')!;
  }

  private get _theme(): 'light' | 'dark' {
    const theme = this._themes?.theme;
    return theme && !this._themes?.isLight(theme) ? 'dark' : 'light';
  }

  private _expectPage(): void {
    this._settled = false;
    this._frame.addClass('litlab-mod-waiting');
    this._note.showProgress();
  }

  private _load(): void {
    const address = new URL(this._address, window.location.href);
    address.searchParams.set('theme', this._theme);
    this._frame.url = address.href;
  }

  /** The address the frame shows now, which the app may have changed; else the one it was given. */
  private _whereItIs(): string {
    const href = this._page.contentDocument?.location.href ?? BLANK;
    return href === BLANK || !this._settled ? this._address : href;
  }

  private _onTheme(): void {
    const address = this._whereItIs();
    if (!this._started || new URL(address, window.location.href).searchParams.get('theme') === this._theme) {
      return;
    }
    this._address = address;
    this._expectPage();
    this._load();
  }

  private async _onLoad(): Promise<void> {
    const shown = this._page.contentDocument;
    if (shown?.location.href === BLANK) {
      return;
    }
    // Without a document of our own origin the browser shows its own page for a server that is gone.
    const status = shown ? statusOf(shown) : 0;
    if (!shown || status >= 400) {
      this._note.showFailure(explain(status, this._trans));
      return;
    }
    const asked = new URL(this._address, window.location.href).searchParams.get('project') ?? '';
    this._settled = true;
    shown.addEventListener('click', event => this._onClick(event), true);
    this._shown.emit(this.project !== '' && this.project !== asked);
    await drawn(shown);
    if (!this.isDisposed && this._page.contentDocument === shown) {
      this._frame.removeClass('litlab-mod-waiting');
      this._note.hide();
    }
  }

  /** Links to other rooms' pages go to their tabs; those with a key held do what the browser does. */
  private _onClick(event: MouseEvent): void {
    const link = event.composedPath().find(node => (node as Element).localName === 'a') as HTMLAnchorElement;
    if (!link?.href || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) {
      return;
    }
    const pages = new URL(`${URLExt.join(this._settings.baseUrl, 'litlab')}/`, window.location.href).href;
    const target = new URL(link.href);
    const route = target.href.startsWith(pages) ? target.pathname.slice(new URL(pages).pathname.length) : '';
    if (!route || route === this._app.room || link.target || link.download) {
      return;
    }
    target.searchParams.delete('theme');
    const followed: ILink = { route, query: target.searchParams.toString(), handled: false };
    this._followed.emit(followed);
    if (followed.handled) {
      event.preventDefault();
      event.stopPropagation();
    }
  }

  private readonly _app: IApp;
  private readonly _shown = new Signal<this, boolean>(this);
  private readonly _followed = new Signal<this, ILink>(this);
  private readonly _settings: ServerConnection.ISettings;
  private readonly _themes: IThemeManager | null;
  private readonly _trans: TranslationBundle;
  private readonly _frame: IFrame;
  private readonly _note: Note;
  private _address: string;
  private _started = false;
  private _settled = false;
}

function withMark(query: string): string {
  return query ? `?${query}` : '';
}

/** The HTTP status a page came with; a browser that does not tell gets the benefit of the doubt. */
function statusOf(page: Document): number {
  const [entry] = page.defaultView?.performance.getEntriesByType('navigation') ?? [];
  return (entry as PerformanceNavigationTiming | undefined)?.responseStatus || 200;
}

/** Wait until Bokeh has put something into one of the page's roots, or for DRAWN_TIMEOUT_MS. */
function drawn(page: Document): Promise<void> {
  const isDrawn = () => page.querySelector('[data-root-id] > *') !== null;
  return new Promise(resolve => {
    const finish = () => {
      observer.disconnect();
      window.clearTimeout(timer);
      resolve();
    };
    const observer = new MutationObserver(() => isDrawn() && finish());
    const timer = window.setTimeout(finish, DRAWN_TIMEOUT_MS);
    observer.observe(page.body, { childList: true, subtree: true });
    if (isDrawn()) {
      finish();
    }
  });
}
