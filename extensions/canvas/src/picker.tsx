/** Connect without a mouse: type a node's name, or step to it, and press Enter. */

import { useId, useLayoutEffect, useRef, useState } from 'react';
import type { KeyboardEvent } from 'react';
import { useAround } from './context';
import { upstream } from './drawing';
import { inWords } from './words';

export function Picker({ from, onDone }: { from: string[]; onDone: () => void }) {
  const { store, commands, components } = useAround();
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const list = useId();
  const box = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    box.current?.focus();
  }, []);
  const { nodes, edges } = store.state.drawing;
  const before = upstream(store.state.drawing, from);
  const wired = new Set(edges.filter(edge => from.includes(edge.source)).map(edge => edge.target));
  const found = nodes.filter(({ id, component }) => {
    const most = components.get(component)?.wires[1];
    const title = inWords(components.get(component), component);
    return most !== 0 && !before.has(id) && !(from.length === 1 && wired.has(id)) &&
      `${id} ${title}`.toLowerCase().includes(text.toLowerCase());
  });
  const place = Math.min(at, found.length - 1);
  const take = (id: string | undefined) => {
    for (const source of id === undefined ? [] : from) commands.connect(source, id as string);
    onDone();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') setAt(Math.min(place + 1, found.length - 1));
    else if (event.key === 'ArrowUp') setAt(Math.max(place - 1, 0));
    else if (event.key === 'Enter') take(found[place]?.id);
    else if (event.key === 'Escape') onDone();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className="lc-picker" role="dialog" aria-label={`Connect ${from.join(', ')}`}>
      <label htmlFor={`${list}-box`} className="lc-line">Connect {from.join(', ')} into …</label>
      <input
        ref={box} id={`${list}-box`} role="combobox" aria-expanded="true" aria-controls={list} aria-autocomplete="list"
        aria-activedescendant={found.length ? `${list}-${place}` : undefined} value={text} autoComplete="off"
        onChange={event => { setText(event.target.value); setAt(0); }} onKeyDown={onKeyDown} onBlur={onDone}
      />
      <div id={list} role="listbox" aria-label="Nodes">
        {found.map(({ id, component }, number) => (
          <div key={id} id={`${list}-${number}`} role="option" aria-selected={number === place}
            onPointerDown={event => { event.preventDefault(); take(id); }}>
            <span className="lc-line">{id}</span>
            <span className="lc-quiet">{inWords(components.get(component), component)}</span>
          </div>
        ))}
      </div>
      {!found.length && <p className="lc-quiet">No other node takes a wire.</p>}
    </div>
  );
}
