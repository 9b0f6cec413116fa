/** The canvas as a person sees it: bar, palette, drawing, properties, status. */

import { ReactFlowProvider } from '@xyflow/react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import type { FocusEvent, MouseEvent, PointerEvent } from 'react';
import { Bar, Zoom } from './bar';
import { Commands } from './commands';
import { Around } from './context';
import { KeysDialog, TextDialog } from './dialog';
import { Flow } from './flow';
import { useTrait, whole } from './host';
import type { Host } from './host';
import { isTyping, onCanvasKey, onKeyAnywhere } from './keys';
import type { Moves } from './keys';
import { Palette } from './palette';
import { Picker } from './picker';
import { Properties } from './properties';
import { firstProblem, Status } from './status';
import { useStore } from './store';
import { useTheme } from './theme';
import type { Component, FromHost } from './types';
import { written } from './words';

const NO_COMPONENTS: Component[] = [];

export function App({ host }: { host: Host }) {
  const { model, store } = host;
  const palette = useTrait(model, 'palette') ?? NO_COMPONENTS;
  const components = useMemo(() => new Map(palette.map(one => [one.component, one])), [palette]);
  const commands = useMemo(() => new Commands(store, host, components), [store, host, components]);
  const { theme, isInLab } = useTheme(model);
  const [isPaletteOpen, setPaletteOpen] = useState(false);
  const [connecting, setConnecting] = useState<string[] | null>(null);
  const [text, setText] = useState<{ title: string; text: string } | null>(null);
  const [isKeys, setKeys] = useState(false);
  const [hint, setHint] = useState('');
  const root = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLElement>(null);
  const search = useRef<HTMLInputElement>(null);
  const drawing = useStore(store, now => now.drawing);
  useEffect(() => setHint(host.notice), [host, drawing]);

  const toCanvas = () => {
    const chosen = canvas.current?.querySelector<HTMLElement>('.react-flow__node.selected');
    chosen?.focus({ preventScroll: true });
    if (!chosen || focused(chosen) !== chosen) canvas.current?.focus({ preventScroll: true }); // one just added is not drawn yet
  };
  const moves: Moves = {
    search: () => {
      flushSync(() => setPaletteOpen(true));
      search.current?.focus();
    },
    connect: () => {
      // At once: what is typed next goes into it.
      if (store.state.nodes.size && !store.readonly) flushSync(() => setConnecting([...store.state.nodes]));
    },
    form: () => root.current?.querySelector<HTMLElement>('.lc-form :is(input, select, textarea)')?.focus(),
    keys: () => setKeys(true),
  };
  const launch = (description: string) => {
    const checked = whole(model.get('checked'));
    const isNew = checked?.state === 'done' && checked.serial === (model.get('serial') ?? 0);
    const first = isNew ? firstProblem(checked) : null;
    if (!first) return commands.launch(written(store.state.drawing.settings.device), description);
    commands.goTo(first.node);
    setHint(`Not launched. First: ${first.text}`);
  };

  useRootEvents(root, canvas, commands, moves, toCanvas);
  useEffect(() => {
    const shown = (message: FromHost) => {
      if (message?.show === 'python') setText({ title: 'As Python', text: message.text });
      if (message?.show === 'source') setText({ title: message.path || message.component, text: message.text });
    };
    model.on('msg:custom', shown);
    return () => model.off('msg:custom', shown);
  }, [model]);

  /** A node that the keyboard reaches is selected, so that its form is there. */
  const onFocus = (event: FocusEvent) => {
    const node = (event.target as HTMLElement).closest?.<HTMLElement>('.react-flow__node');
    const id = node?.dataset.id;
    if (id !== undefined && node?.matches(':focus-visible') && !store.state.nodes.has(id)) store.choose([id]);
  };
  /** With Shift a click adds a node to what is selected; React Flow would begin to draw a box. */
  const onPointerDown = (event: PointerEvent) => {
    const target = event.target as HTMLElement;
    if (!canvas.current?.contains(focused(target))) canvas.current?.focus({ preventScroll: true });
    const id = target.closest<HTMLElement>('.react-flow__node')?.dataset.id;
    if (!event.shiftKey || id === undefined || target.closest('.react-flow__handle')) return;
    const chosen = new Set(store.state.nodes);
    if (!chosen.delete(id)) chosen.add(id);
    store.choose(chosen, store.state.wires);
    event.stopPropagation();
  };
  const swallow = (event: MouseEvent) => {
    if (event.shiftKey && (event.target as HTMLElement).closest('.react-flow__node')) event.stopPropagation();
  };

  const around = useMemo(() => ({ model, store, host, commands, components }), [model, store, host, commands, components]);
  return (
    <Around.Provider value={around}>
      <div ref={root} className={isInLab ? 'litcanvas lc-lab' : 'litcanvas'} data-theme={theme} data-lm-suppress-shortcuts="true">
        <Bar onAdd={moves.search} onKeys={moves.keys} />
        <div className="lc-body">
          <Palette search={search} isOpen={isPaletteOpen} onDone={() => { setPaletteOpen(false); canvas.current?.focus({ preventScroll: true }); }} />
          <section
            ref={canvas} className="lc-canvas" aria-label="Canvas" tabIndex={0}
            onFocus={onFocus} onPointerDownCapture={onPointerDown} onClickCapture={swallow}
          >
            <ReactFlowProvider><Flow /></ReactFlowProvider>
            {drawing.nodes.length === 0 && (
              <div className="lc-empty">
                <h2>Nothing drawn yet</h2>
                <p>Begin with an Input: drag it out of the palette, or press <kbd>/</kbd> and type what you look for.</p>
              </div>
            )}
            <Zoom />
            {connecting && <Picker from={connecting} onDone={() => { setConnecting(null); toCanvas(); }} />}
          </section>
          <Properties onConnect={moves.connect} onLaunch={launch} />
        </div>
        <Status hint={hint} />
        {text && <TextDialog {...text} onDone={() => setText(null)} />}
        {isKeys && <KeysDialog onDone={() => setKeys(false)} />}
      </div>
    </Around.Provider>
  );
}

const REMOVING = new Set(['Delete', 'Backspace']);

/** What has the focus, where an element is: in the page or in a shadow root. */
function focused(one: HTMLElement): Element | null {
  return (one.getRootNode() as Document | ShadowRoot).activeElement ?? null;
}

/** Keys and the clipboard, heard at the root: nothing is listened to outside of the canvas. */
function useRootEvents(
  root: { current: HTMLDivElement | null },
  canvas: { current: HTMLElement | null },
  commands: Commands,
  moves: Moves,
  toCanvas: () => void
): void {
  const latest = useRef({ commands, moves, toCanvas });
  latest.current = { commands, moves, toCanvas };
  useEffect(() => {
    const box = root.current as HTMLDivElement;
    const isOnCanvas = (event: Event) => canvas.current?.contains(event.composedPath()[0] as Node) ?? false;
    const onKey = (event: KeyboardEvent) => {
      const { commands: can, moves: goes, toCanvas: back } = latest.current;
      if ((event.composedPath()[0] as HTMLElement).closest?.('dialog')) return;
      const isForm = (event.composedPath()[0] as HTMLElement).closest?.('.lc-properties');
      let done = onKeyAnywhere(event, can, goes);
      if (!done && isOnCanvas(event) && !(event.composedPath()[0] as HTMLElement).closest('button, .lc-picker')) {
        // The clipboard's events go to where text is selected, and to the focus only where none is.
        if (event.ctrlKey || event.metaKey) getSelection()?.removeAllRanges();
        if (REMOVING.has(event.key)) canvas.current?.focus({ preventScroll: true });
        done = onCanvasKey(event, can, goes);
      }
      if (!done && isForm && event.key === 'Escape') {
        back();
        done = true;
      }
      if (!done) return;
      event.preventDefault();
      event.stopPropagation();
      // A step back may take the node away that had the focus.
      setTimeout(() => box.isConnected && !box.contains(focused(box)) && canvas.current?.focus({ preventScroll: true }));
    };
    const isAtCanvas = (event: Event) => !isTyping(event) && canvas.current?.contains(focused(box));
    const onCopy = (event: ClipboardEvent) => {
      const text = isAtCanvas(event) ? latest.current.commands.copy() : null;
      if (text === null) return;
      event.clipboardData?.setData('text/plain', text);
      event.preventDefault();
      if (event.type !== 'cut') return;
      canvas.current?.focus({ preventScroll: true });
      latest.current.commands.remove();
    };
    const onPaste = (event: ClipboardEvent) => {
      if (!isAtCanvas(event)) return;
      if (latest.current.commands.paste(event.clipboardData?.getData('text/plain') ?? '')) event.preventDefault();
    };
    box.addEventListener('keydown', onKey);
    box.addEventListener('copy', onCopy);
    box.addEventListener('cut', onCopy);
    box.addEventListener('paste', onPaste);
    return () => {
      box.removeEventListener('keydown', onKey);
      box.removeEventListener('copy', onCopy);
      box.removeEventListener('cut', onCopy);
      box.removeEventListener('paste', onPaste);
    };
  }, [root, canvas]);
}
