/** The slim bar above the canvas. */

import { useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { useAround } from './context';
import { copyText } from './copying';
import { useTrait } from './host';
import { useStore } from './store';

const POPOVER = { popover: 'auto' }; // newer than React 18's types

export function Bar({ onAdd, onKeys }: { onAdd: () => void; onKeys: () => void }) {
  const { model, store, commands } = useAround();
  const canUndo = useStore(store, now => now.past.length > 0);
  const canRedo = useStore(store, now => now.future.length > 0);
  const isEmpty = useStore(store, now => now.drawing.nodes.length === 0);
  const readonly = Boolean(useTrait(model, 'readonly'));
  return (
    <div className="lc-bar" role="toolbar" aria-label="Drawing">
      <Tool onClick={onAdd} isOff={readonly} isNext={isEmpty && !readonly} keys="/">Add</Tool>
      <span className="lc-gap" />
      <Tool onClick={commands.undo} isOff={readonly || !canUndo} title="Ctrl Z">Undo</Tool>
      <Tool onClick={commands.redo} isOff={readonly || !canRedo} title="Shift Ctrl Z">Redo</Tool>
      <span className="lc-gap" />
      <Tool onClick={commands.tidy} isOff={readonly || isEmpty} title="Place all nodes in layers, from left to right">Tidy up</Tool>
      <span className="lc-grow" />
      {readonly && <span className="lc-quiet">read only</span>}
      <Tool onClick={onKeys}>Keys</Tool>
      <CopyAsCode />
    </div>
  );
}

function Tool({ children, onClick, isOff, isNext, keys, title }: {
  children: string;
  onClick: () => void;
  isOff?: boolean;
  /** Whether it is what to do next. */
  isNext?: boolean;
  keys?: string;
  title?: string;
}) {
  return (
    <button
      className={isNext ? 'lc-filled' : undefined} onClick={() => !isOff && onClick()} aria-disabled={isOff || undefined}
      title={title} aria-label={children}
    >
      {children}{keys && <kbd aria-hidden="true">{keys}</kbd>}
    </button>
  );
}

function CopyAsCode(): ReactNode {
  const { model } = useAround();
  const code = useTrait(model, 'code') ?? '';
  const box = useRef<HTMLDivElement>(null);
  const [said, setSaid] = useState('');
  if (!code) return null;
  const show = async () => {
    box.current?.togglePopover(true);
    setSaid((await copyText(code)) ? 'Copied. The same, from a notebook or a script:' : 'The same, from a notebook or a script:');
  };
  return (
    <>
      <button onClick={() => void show()} aria-haspopup="dialog"><span aria-hidden="true">‹›</span> Copy as code</button>
      <div ref={box} {...POPOVER} className="lc-code" role="dialog" aria-label="The same as code">
        <p className="lc-quiet" role="status">{said}</p>
        <pre tabIndex={0}><code>{code}</code></pre>
      </div>
    </>
  );
}

/** Zoom, at the corner of the canvas. */
export function Zoom() {
  const { commands } = useAround();
  return (
    <div className="lc-zoom" role="group" aria-label="Zoom">
      <button aria-label="Zoom out" title="Zoom out (-)" onClick={() => commands.eyes?.zoom(-1)}>−</button>
      <button aria-label="Zoom in" title="Zoom in (+)" onClick={() => commands.eyes?.zoom(1)}>+</button>
      <button title="Show all (F)" onClick={() => commands.eyes?.fit()}>Fit view</button>
    </div>
  );
}
