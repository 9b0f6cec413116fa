/** The one line at the bottom: how large the model is and what it gives, or the first thing that is wrong. */

import type { ReactNode } from 'react';
import { useAround } from './context';
import { useChecked, useTrait } from './host';
import { useStore } from './store';
import type { Checked } from './types';
import { counted } from './words';

export function Status({ hint }: { hint: string }) {
  const { model, store, commands } = useAround();
  const isEmpty = useStore(store, now => now.drawing.nodes.length === 0);
  const checked = useChecked(model);
  const serial = useTrait(model, 'serial') ?? 0;
  const said = useTrait(model, 'said');
  const saved = useTrait(model, 'saved');
  const isBehind = checked !== undefined && (checked.serial !== serial || checked.state === 'checking');
  return (
    <footer className="lc-status">
      <div className={isBehind ? 'lc-line lc-behind' : 'lc-line'} role="status" aria-label="Compile status" aria-busy={isBehind}>
        {compiled(checked, isEmpty, commands.goTo)}
      </div>
      <span className="lc-grow" />
      {hint ? (
        <span className="lc-line" role="status">{hint}</span>
      ) : (
        said?.text && !said.field && (
          <span className={said.kind === 'problem' ? 'lc-line lc-problem' : 'lc-line'} role={said.kind === 'problem' ? 'alert' : 'status'}>
            {said.kind === 'problem' && <span aria-hidden="true">▲ </span>}{said.text}
          </span>
        )
      )}
      {saved !== undefined && <span className="lc-saved">{saved ? '● saved' : '◌ not saved'}</span>}
    </footer>
  );
}

/** The first thing that is wrong with a canvas: its node and the sentence. */
export function firstProblem(checked: Checked | undefined): { node: string; text: string; count: number } | null {
  const found = Object.entries(checked?.problems ?? {}).flatMap(([node, problems]) => problems.map(one => ({ node, text: one.text })));
  return found[0] ? { ...found[0], count: found.length } : null;
}

function compiled(checked: Checked | undefined, isEmpty: boolean, goTo: (id: string) => void): ReactNode {
  if (!checked) return 'Not checked yet';
  const first = firstProblem(checked);
  if (first && isEmpty) return <span className="lc-quiet">○ {first.text}</span>; // nothing is wrong before anything is drawn
  if (first) {
    return (
      <button className="lc-link lc-problem lc-line" title={first.text} onClick={() => goTo(first.node)}>
        <span aria-hidden="true">▲</span> {first.node && `${first.node}: `}{first.text}
        {first.count > 1 && ` (${first.count - 1} more)`}
      </button>
    );
  }
  const size = [counted(checked.total, 'parameter'), checked.output].filter(Boolean).join(' · ');
  if (checked.state === 'warming') return `◐ ${checked.said || 'TensorFlow is starting …'}`;
  if (checked.state === 'checking' && !checked.total) return '◐ checking …';
  if (checked.state === 'unchecked') return `○ ${checked.said || 'names and wires are right; shapes are not checked'}`;
  return [size, checked.ok ? 'ready' : 'not ready', checked.said].filter(Boolean).join(' · ');
}
