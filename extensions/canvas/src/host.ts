/**
 * The line between a store and its host.
 *
 * The host hears of a drawing once a step is done: at once, or 150 ms after the last key. `serial` counts the
 * edits that change what the drawing means. What the host sends replaces the drawing, unless it is only the echo
 * of what went to it.
 */

import { useMemo, useSyncExternalStore } from 'react';
import { meansTheSame, read, repeated, same } from './drawing';
import { placed } from './layout';
import type { Store } from './store';
import type { Checked, Drawing, Model, ToHost, Traits } from './types';

const TYPING_MS = 150;
const ECHO_MS = 2000;

export class Host {
  /** What is to be said of the drawing that the host gave, until a person changes it. */
  notice: string;
  private known: Drawing; // what the host holds, as far as is known here
  private sent: { drawing: Drawing; at: number }[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private ends: (() => void)[] = [];

  constructor(
    readonly model: Model,
    readonly store: Store
  ) {
    this.known = store.state.drawing;
    this.notice = repeated(model.get('canvas'));
    this.store.readonly = Boolean(model.get('readonly'));
    this.ends.push(store.subscribe(this.noticed));
    this.listen('change:canvas', this.replaced);
    this.listen('change:readonly', () => {
      this.store.readonly = Boolean(model.get('readonly'));
    });
  }

  listen(event: string, then: (...given: any[]) => void): void {
    this.model.on(event, then);
    this.ends.push(() => this.model.off(event, then));
  }

  /** Tell the host what is drawn now, if it does not know. */
  flush = (): void => {
    clearTimeout(this.timer);
    this.timer = undefined;
    const { drawing } = this.store.state;
    if (drawing === this.known) return;
    const isEdit = !meansTheSame(drawing, this.known);
    this.known = drawing;
    this.sent.push({ drawing, at: Date.now() });
    this.model.set('canvas', drawing);
    if (isEdit) this.model.set('serial', Number(this.model.get('serial') ?? 0) + 1);
    this.model.save_changes();
  };

  /** Ask the host for something; it knows the drawing before. */
  send = (message: ToHost): void => {
    this.flush();
    this.model.send(message);
  };

  close(): void {
    this.flush();
    for (const end of this.ends) end();
  }

  private noticed = (): void => {
    const { drawing, by } = this.store.state;
    if (drawing === this.known) return;
    if (by !== 'host') this.notice = '';
    if (by === 'host') this.known = drawing;
    else if (by === 'person') this.flush();
    else {
      clearTimeout(this.timer);
      this.timer = setTimeout(this.flush, TYPING_MS);
    }
  };

  private replaced = (): void => {
    const drawing = this.model.get('canvas');
    const now = Date.now();
    this.sent = this.sent.filter(one => now - one.at < ECHO_MS);
    const echo = this.sent.findIndex(one => one.drawing === drawing || same(one.drawing, drawing));
    if (echo >= 0) {
      // Our own set is heard here before the host's echo of it: it stays in the list for that one.
      if (this.sent[echo]?.drawing !== drawing) this.sent.splice(0, echo + 1);
      return;
    }
    const given = placed(read(drawing));
    if (same(given, this.store.state.drawing)) return;
    clearTimeout(this.timer);
    this.notice = repeated(drawing);
    this.store.dispatch({ do: 'replace', drawing: given });
    this.known = this.store.state.drawing;
  };
}

/** A trait that the host writes, as it stands. */
export function useTrait<Name extends keyof Traits>(model: Model, name: Name): Traits[Name] | undefined {
  const subscribe = useMemo(
    () => (then: () => void) => {
      model.on(`change:${name}`, then);
      return () => model.off(`change:${name}`, then);
    },
    [model, name]
  );
  return useSyncExternalStore(subscribe, () => model.get(name) as Traits[Name] | undefined);
}

const NOTHING: Checked = {
  serial: 0, ok: false, problems: {}, shapes: {}, parameters: {}, total: 0, output: '', waiting: [], seconds: 0,
  state: 'unchecked', said: '',
};

/** What the host knows of the drawing; undefined before it has said anything. */
export function useChecked(model: Model): Checked | undefined {
  const told = useTrait(model, 'checked');
  return useMemo(() => whole(told), [told]);
}

export function whole(told: Partial<Checked> | undefined): Checked | undefined {
  return told?.state ? { ...NOTHING, ...told } : undefined;
}
