/** What opens over the canvas: a text to read and copy, the keys. */

import { useEffect, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { copyText } from './copying';
import { KEYS } from './keys';

function Dialog({ title, children, actions, onDone }: { title: string; children: ReactNode; actions?: ReactNode; onDone: () => void }) {
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (box.current && !box.current.open) box.current.showModal();
  }, []);
  return (
    <dialog ref={box} aria-label={title} onClose={onDone} onKeyDown={event => event.stopPropagation()}>
      <header className="lc-head">
        <h2 className="lc-line">{title}</h2>
        {actions}
        <button onClick={() => box.current?.close()}>Close</button>
      </header>
      {children}
    </dialog>
  );
}

export function TextDialog({ title, text, onDone }: { title: string; text: string; onDone: () => void }) {
  const [said, setSaid] = useState('');
  const copy = async () => setSaid((await copyText(text)) ? 'Copied' : 'This page may not write to the clipboard: choose the text and copy it.');
  const actions = (
    <>
      <span className="lc-quiet" role="status">{said}</span>
      <button onClick={() => void copy()}>Copy</button>
    </>
  );
  return (
    <Dialog title={title} actions={actions} onDone={onDone}>
      <pre tabIndex={0} aria-label="Text"><code>{text}</code></pre>
    </Dialog>
  );
}

export function KeysDialog({ onDone }: { onDone: () => void }) {
  return (
    <Dialog title="Keys" onDone={onDone}>
      <dl className="lc-keys">
        {KEYS.map(([keys, what]) => (
          <div key={what}>
            <dt>{keys.split(', ').map(one => <kbd key={one}>{one}</kbd>)}</dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
