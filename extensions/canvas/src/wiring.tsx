/** What goes into a node, in order, and where it goes: the wires without a mouse. */

import { useAround } from './context';
import { into } from './drawing';
import { useStore } from './store';
import type { Checked } from './types';

export function Wiring({ id, checked, readonly, onConnect }: {
  id: string;
  checked: Checked | undefined;
  readonly: boolean;
  onConnect: () => void;
}) {
  const { store, commands, components } = useAround();
  const drawing = useStore(store, now => now.drawing);
  const inputs = into(drawing, id);
  const outputs = drawing.edges.flatMap((edge, at) => (edge.source === id ? [at] : []));
  const component = components.get(drawing.nodes.find(node => node.id === id)?.component ?? '');
  const gives = !component || !(component.is_output || component.stands_alone);
  const name = (at: number, end: 'source' | 'target') => drawing.edges[at]?.[end] ?? '';
  const shape = (at: number) => checked?.shapes[`${name(at, 'source')}→${name(at, 'target')}`] ?? '';
  return (
    <>
      {inputs.length > 0 && (
        <div className="lc-wiring">
          <h3>Inputs</h3>
          <ol aria-label="Inputs">
            {inputs.map((at, number) => (
              <li key={at}>
                {inputs.length > 1 && <span className="lc-figure lc-quiet">{number + 1}</span>}
                <button className="lc-link lc-line" onClick={() => commands.goTo(name(at, 'source'))}>{name(at, 'source')}</button>
                <span className="lc-figure lc-small lc-quiet">{shape(at)}</span>
                {inputs.length > 1 && !readonly && (
                  <>
                    <Small label={`Move ${name(at, 'source')} up`} isOff={number === 0} onClick={() => commands.reorder(id, number, -1)}>↑</Small>
                    <Small label={`Move ${name(at, 'source')} down`} isOff={number === inputs.length - 1} onClick={() => commands.reorder(id, number, 1)}>↓</Small>
                  </>
                )}
                {!readonly && <Small label={`Take the wire from ${name(at, 'source')} away`} onClick={() => commands.unwire(at)}>×</Small>}
              </li>
            ))}
          </ol>
        </div>
      )}
      {gives && (
        <div className="lc-wiring">
          <h3>Goes into</h3>
          <ul aria-label="Goes into">
            {outputs.map(at => (
              <li key={at}>
                <button className="lc-link lc-line" onClick={() => commands.goTo(name(at, 'target'))}>{name(at, 'target')}</button>
                <span className="lc-figure lc-small lc-quiet">{shape(at)}</span>
                {!readonly && <Small label={`Take the wire into ${name(at, 'target')} away`} onClick={() => commands.unwire(at)}>×</Small>}
              </li>
            ))}
            {!readonly && <li><button onClick={onConnect}>Connect … <kbd>C</kbd></button></li>}
          </ul>
        </div>
      )}
    </>
  );
}

function Small({ label, isOff, onClick, children }: { label: string; isOff?: boolean; onClick: () => void; children: string }) {
  return (
    <button className="lc-icon" aria-label={label} title={label} aria-disabled={isOff || undefined} onClick={() => !isOff && onClick()}>
      {children}
    </button>
  );
}
