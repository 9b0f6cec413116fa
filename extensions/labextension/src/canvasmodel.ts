/**
 * A document as the drawn canvas sees it: the model that anywidget gives in notebooks.
 *
 * What is drawn becomes the document's text, and text that changes elsewhere becomes the drawing; Lab saves, reverts
 * and shares it as any other file. Checks, the palette and launching are questions to the server.
 */
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { TranslationBundle } from '@jupyterlab/translation';
import { UUID } from '@lumino/coreutils';

import { type Api, wordsOf } from './api';
import type { CheckedBody, LaunchedBody } from './wire';

type Values = Record<string, unknown>;
type Listener = (value?: unknown) => void;
type Drawn = Record<string, unknown>;

/** What a canvas asks of Lab beside saving. */
export interface ICanvasActions {
  editSource(component: string): void;
  launched(run: LaunchedBody): void;
}

/** What Lab's shared text can do beside what its type says. */
interface ISharedText {
  updateSource(start: number, end: number, value: string): void;
}

const EMPTY: Drawn = { format: 2, nodes: [], edges: [], settings: {} };

export class CanvasModel {
  constructor(
    private readonly _context: DocumentRegistry.Context,
    private readonly _api: Api,
    private readonly _team: () => string,
    private readonly _actions: ICanvasActions,
    private readonly _trans: TranslationBundle
  ) {
    _context.model.contentChanged.connect(this._onContent, this);
    _context.model.stateChanged.connect(this._tellSaved, this);
    _context.saveState.connect(this._onSave, this);
    this._onContent();
    this._tellSaved();
    void this._askPalette();
  }

  get(name: string): unknown {
    return this._values[name];
  }

  set(name: string, value: unknown): void {
    this._pending[name] = value;
  }

  save_changes(): void {
    const changed = this._pending;
    this._pending = {};
    this._put(changed);
    if ('canvas' in changed) {
      this._write(changed.canvas as Drawn);
    }
    if ('serial' in changed) {
      void this._check();
    }
  }

  on(event: string, listener: Listener): void {
    const known = this._listeners.get(event) ?? new Set();
    this._listeners.set(event, known.add(listener));
  }

  off(event: string, listener: Listener): void {
    this._listeners.get(event)?.delete(listener);
  }

  send(message: { do?: string; [name: string]: unknown }): void {
    const text = (name: string) => String(message[name] ?? '');
    switch (message.do) {
      case 'save':
        this._remember();
        void this._context.save();
        break;
      case 'launch':
        void this._launch(text('device'), text('description'));
        break;
      case 'as-python':
        void this._showPython();
        break;
      case 'edit-source':
        this._actions.editSource(text('component'));
        break;
    }
  }

  /** Ask for palette and choices once more: a team was chosen, or a script was saved. */
  refresh(): void {
    void this._askPalette();
    void this._check();
  }

  dispose(): void {
    this._isDisposed = true;
    this._context.model.contentChanged.disconnect(this._onContent, this);
    this._context.model.stateChanged.disconnect(this._tellSaved, this);
    this._context.saveState.disconnect(this._onSave, this);
    this._listeners.clear();
  }

  private _put(values: Values): void {
    Object.assign(this._values, values);
    for (const name of Object.keys(values)) {
      this._emit(`change:${name}`);
    }
  }

  private _emit(event: string, value?: unknown): void {
    for (const listener of [...(this._listeners.get(event) ?? [])]) {
      listener(value);
    }
  }

  /** The document's text has changed, here or elsewhere. */
  private _onContent(): void {
    const text = this._context.model.toString();
    if (text === this._text || !this._context.isReady) {
      return;
    }
    this._text = text;
    const read = readCanvas(text);
    if (!read) {
      const said = this._trans.__('This file is no canvas. Right-click its name to open it in the editor.');
      this._put({ readonly: true, said: { kind: 'problem', text: said, field: '' } });
      return;
    }
    const asset = this._asset;
    const writable = this._context.contentsModel?.writable !== false;
    this._put({ canvas: read, readonly: !writable });
    if (this._asset !== asset) {
      void this._askPalette();
    }
    void this._check();
  }

  private _write(canvas: Drawn): void {
    const before = this._asked;
    const old = this._context.model.toString();
    const text = (this._text = textOf(canvas));
    if (text !== old) {
      // Only what differs is replaced: two people who draw at different places keep what both drew.
      const [start, same] = alike(old, text);
      const shared = this._context.model.sharedModel as unknown as ISharedText;
      shared.updateSource(start, old.length - same, text.slice(start, text.length - same));
    }
    if (this._asset !== before) {
      void this._askPalette();
    }
  }

  /** A canvas that is saved was seen beside the asset as it is now. */
  private _remember(): void {
    const canvas = this._values.canvas as Drawn;
    const settings = (canvas.settings ?? {}) as Values;
    if (this._digest && settings.digest !== this._digest) {
      const marked = { ...canvas, settings: { ...settings, digest: this._digest } };
      this._put({ canvas: marked });
      this._write(marked);
    }
  }

  private get _asset(): string {
    const { settings } = (this._values.canvas ?? {}) as { settings?: Values };
    return String(settings?.asset ?? '');
  }

  private _tellSaved(): void {
    this._put({ saved: !this._context.model.dirty });
  }

  private _onSave(_: unknown, state: string): void {
    if (state === 'completed') {
      this._say('done', this._trans.__('Saved as %1.', this._context.path.split('/').pop()!));
    }
  }

  private async _askPalette(): Promise<void> {
    this._asked = this._asset;
    const team = this._team();
    if (!team) {
      return;
    }
    try {
      const { palette, choices } = await this._api.palette(team, this._asked);
      this._put({ palette, choices });
    } catch (error) {
      this._say('problem', wordsOf(error));
    }
  }

  private async _check(): Promise<void> {
    const team = this._team();
    if (!team || !this._values.canvas) {
      return;
    }
    const serial = Number(this._values.serial ?? 0);
    const before = (this._values.checked ?? {}) as Values;
    this._put({ checked: { ...NOTHING, ...before, serial, state: this._isWarm ? 'checking' : 'warming' } });
    try {
      const body = { page: this._page, canvas: this._values.canvas as Drawn };
      const answered: CheckedBody = await this._api.check(team, body);
      this._isWarm = true;
      if (!answered.superseded && serial === Number(this._values.serial ?? 0) && !this._isDisposed) {
        this._digest = answered.digest;
        this._put({ checked: { ...answered, serial, state: 'done' } });
      }
    } catch (error) {
      this._put({ checked: { ...NOTHING, serial, state: 'unchecked', said: wordsOf(error) } });
    }
  }

  private async _launch(device: string, description: string): Promise<void> {
    this._say('', this._trans.__('◐ launching …'));
    try {
      const canvas = this._values.canvas as Drawn;
      const run = await this._api.launch(this._team(), { canvas, device, description });
      this._say('done', this._trans.__('Launched %1.', run.run));
      this._actions.launched(run);
    } catch (error) {
      this._say('problem', wordsOf(error));
    }
  }

  private async _showPython(): Promise<void> {
    this._say('', this._trans.__('◐ writing Python …'));
    try {
      const body = { page: this._page, canvas: this._values.canvas as Drawn };
      const { text } = await this._api.python(this._team(), body);
      this._say('', '');
      this._emit('msg:custom', { show: 'python', text });
    } catch (error) {
      this._say('problem', wordsOf(error));
    }
  }

  private _say(kind: string, text: string): void {
    this._put({ said: { kind, text, field: '' } });
  }

  private readonly _page = UUID.uuid4();
  private readonly _listeners = new Map<string, Set<Listener>>();
  private readonly _values: Values = {
    canvas: EMPTY,
    palette: [],
    choices: { feature: [], label: [], projects: [], assets: [], devices: [] },
    checked: {},
    serial: 0,
    said: { kind: '', text: '', field: '' },
    saved: true,
    readonly: false,
    theme: '',
    code: ''
  };
  private _pending: Values = {};
  private _text: string | null = null;
  private _asked = '';
  private _digest = '';
  private _isWarm = false;
  private _isDisposed = false;
}

const NOTHING = {
  ok: false,
  problems: {},
  shapes: {},
  parameters: {},
  total: 0,
  output: '',
  waiting: [],
  seconds: 0,
  said: ''
};

/** Read a document's text; an empty one is an empty canvas, null is what is none. */
function readCanvas(text: string): Drawn | null {
  if (!text.trim()) {
    return EMPTY;
  }
  try {
    const body: unknown = JSON.parse(text);
    const { nodes, edges } = (body ?? {}) as Values;
    return Array.isArray(nodes) && Array.isArray(edges) ? (body as Drawn) : null;
  } catch {
    return null;
  }
}

/** How many characters two texts have in common at their beginning, and behind that at their end. */
function alike(one: string, other: string): [number, number] {
  const most = Math.min(one.length, other.length);
  let start = 0;
  while (start < most && one[start] === other[start]) {
    start += 1;
  }
  let end = 0;
  while (end < most - start && one[one.length - 1 - end] === other[other.length - 1 - end]) {
    end += 1;
  }
  return [start, end];
}

/** Write a canvas as litlab does, so that the differences between two versions are those that were drawn. */
function textOf(canvas: Drawn): string {
  const sorted = (value: unknown): unknown => {
    if (Array.isArray(value)) {
      return value.map(sorted);
    }
    if (typeof value === 'object' && value !== null) {
      const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
      return Object.fromEntries(entries.map(([name, part]) => [name, sorted(part)]));
    }
    return value;
  };
  return `${JSON.stringify(sorted(canvas), null, 2)}\n`;
}
