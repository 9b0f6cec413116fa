/** The components to draw with: search first, then by group; drag one out, or take it with Enter or a double click. */

import { useMemo, useRef, useState } from 'react';
import type { DragEvent, KeyboardEvent, Ref } from 'react';
import { useAround } from './context';
import type { Component } from './types';
import { counted } from './words';

export const DRAGGED = 'application/x-litlab-component';

interface Given {
  search: Ref<HTMLInputElement>;
  isOpen: boolean;
  onDone: () => void;
}

export function Palette({ search, isOpen, onDone }: Given) {
  const { components, commands, store } = useAround();
  const [text, setText] = useState('');
  const [looked, setLooked] = useState<Component | null>(null);
  const list = useRef<HTMLDivElement>(null);
  const groups = useMemo(() => grouped([...components.values()].filter(one => fits(one, text))), [components, text]);
  const first = groups[0]?.[1][0];
  const isListed = looked !== null && groups.some(([, members]) => members.includes(looked));
  const about = isListed ? looked : text ? first : undefined;

  const add = (component: Component | undefined, isWired: boolean) => {
    if (!component || component.problem || store.readonly) return;
    const { nodes } = store.state;
    commands.add(component, undefined, isWired && nodes.size === 1 ? [...nodes][0] : undefined);
    onDone();
  };
  const step = (by: number) => {
    const options = [...(list.current?.querySelectorAll<HTMLElement>('[role="option"]') ?? [])];
    const at = options.findIndex(one => one.matches(':focus'));
    if (at + by < 0) return (list.current?.parentElement?.querySelector('input') as HTMLElement).focus();
    options[Math.min(at + by, options.length - 1)]?.focus();
  };
  const onKeyDown = (event: KeyboardEvent, component: Component | undefined) => {
    if (event.key === 'ArrowDown') step(1);
    else if (event.key === 'ArrowUp') step(-1);
    else if (event.key === 'Enter') add(component, event.shiftKey);
    else if (event.key === 'Escape' && text) setText('');
    else if (event.key === 'Escape') onDone();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <section className="lc-palette" aria-label="Palette" data-open={isOpen}>
      <input
        ref={search} type="search" aria-label="Search components" placeholder="Search components" value={text}
        onFocus={event => event.target.select()} onChange={event => setText(event.target.value)}
        onKeyDown={event => onKeyDown(event, first)}
      />
      <div ref={list} className="lc-components" role="listbox" aria-label="Components">
        {groups.map(([group, members]) => (
          <div key={group} role="group" aria-label={group}>
            <div className="lc-group" aria-hidden="true">{group}</div>
            {members.map(one => (
              <div
                key={one.component} role="option" aria-selected={one === looked} tabIndex={one === first ? 0 : -1}
                title={one.problem || one.summary} draggable={!store.readonly && !one.problem} aria-disabled={Boolean(one.problem)} onDragStart={event => dragged(event, one)}
                onDoubleClick={event => add(one, event.shiftKey)} onKeyDown={event => onKeyDown(event, one)}
                onFocus={() => setLooked(one)} onMouseEnter={() => setLooked(one)}
              >
                <span className="lc-line">{one.title}</span>
                {one.source !== 'shipped' && <span className="lc-quiet lc-small">{one.source}</span>}
              </div>
            ))}
          </div>
        ))}
      </div>
      {!groups.length && <p className="lc-quiet lc-none">No component is called like “{text}”.</p>}
      <p className="lc-about" aria-live="polite">
        {about ? (
          about.problem ? <span className="lc-problem">▲ {about.problem}</span>
            : <>{about.summary} <span className="lc-quiet">{wires(about)}.</span></>
        ) : (
          <span className="lc-quiet">Drag one onto the canvas or onto a wire, or choose it and press Enter: with Shift it is wired to what is selected.</span>
        )}
      </p>
    </section>
  );
}

function dragged(event: DragEvent, component: Component): void {
  event.dataTransfer.setData(DRAGGED, component.component);
  event.dataTransfer.effectAllowed = 'copy';
}

function fits(component: Component, text: string): boolean {
  const about = `${component.title} ${component.component} ${component.group} ${component.summary}`.toLowerCase();
  return text.toLowerCase().split(/\s+/).every(word => about.includes(word));
}

function grouped(components: Component[]): [string, Component[]][] {
  const groups = new Map<string, Component[]>();
  for (const one of components) groups.set(one.group, [...(groups.get(one.group) ?? []), one]);
  return [...groups];
}

/** Say how many wires go into a component. */
function wires({ wires: [least, most], stands_alone }: Component): string {
  if (stands_alone) return 'Wired to nothing';
  if (most === 0) return 'Takes no wire';
  if (most === null) return `Takes ${counted(least, 'wire')} or more`;
  return least === most ? `Takes ${counted(least, 'wire')}` : `Takes ${least} to ${most} wires`;
}
