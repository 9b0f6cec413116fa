/** The right side: the form of the chosen node, or the canvas's settings; Launch, Save and As Python below. */

import { useEffect, useRef, useState } from 'react';
import { useAround } from './context';
import { whyNot } from './drawing';
import { FormField, Labelled } from './fields';
import { useChecked, useTrait } from './host';
import { Settings } from './settings';
import { useStore } from './store';
import type { Checked, Choices, Component, DrawnNode, Field, Problem } from './types';
import { Wiring } from './wiring';
import { count, counted, inWords } from './words';

export function Properties({ onConnect, onLaunch }: { onConnect: () => void; onLaunch: (description: string) => void }) {
  const { model, store, commands } = useAround();
  const chosen = useStore(store, now => now.nodes);
  const drawing = useStore(store, now => now.drawing);
  const checked = useChecked(model);
  const readonly = Boolean(useTrait(model, 'readonly'));
  const [description, setDescription] = useState('');
  const nodes = drawing.nodes.filter(node => chosen.has(node.id));
  const node = nodes.length === 1 ? nodes[0] : undefined;
  return (
    <section className="lc-properties" aria-label="Properties">
      <div className="lc-form">
        {node ? (
          <NodeForm key={node.id} node={node} checked={checked} readonly={readonly} onConnect={onConnect} />
        ) : nodes.length ? (
          <Several nodes={nodes} checked={checked} readonly={readonly} onConnect={onConnect} />
        ) : (
          <Settings readonly={readonly} description={description} onDescription={setDescription} />
        )}
      </div>
      <div className="lc-actions">
        <button className={drawing.nodes.length ? 'lc-first lc-filled' : 'lc-first'} onClick={() => onLaunch(description)}>Launch experiment</button>
        <button onClick={commands.save} aria-disabled={readonly || undefined}>Save</button>
        <button onClick={commands.asPython}>As Python</button>
      </div>
    </section>
  );
}

function NodeForm({ node, checked, readonly, onConnect }: {
  node: DrawnNode;
  checked: Checked | undefined;
  readonly: boolean;
  onConnect: () => void;
}) {
  const { model, store, commands, components } = useAround();
  const drawing = useStore(store, now => now.drawing);
  const choices = useTrait(model, 'choices');
  const component = components.get(node.component);
  const problems = checked?.problems[node.id] ?? [];
  const parameters = checked?.parameters[node.id];
  const fields = [...(component?.fields ?? []), ...unknown(node, component)];
  const head = useRef<HTMLElement>(null);
  useEffect(() => {
    head.current?.parentElement?.querySelector('[aria-invalid]')?.scrollIntoView({ block: 'nearest' });
  }, []);
  return (
    <>
      <header ref={head} className="lc-head">
        <h2 className="lc-line">{inWords(component, node.component)}</h2>
        <button onClick={() => commands.editSource(node.component)}>Edit source</button>
      </header>
      <Problems problems={problems.filter(one => !fields.some(field => isAbout(one, field)))} />
      {component && <p className="lc-quiet lc-summary">{component.summary}</p>}
      <NodeName node={node} readonly={readonly} />
      {fields.map(field => (
        <FormField
          key={field.name} field={field} value={node.params[field.name]} readonly={readonly}
          names={namesFor(field, component, choices, drawing.nodes.map(one => one.id).filter(id => id !== node.id))}
          problem={problems.find(one => isAbout(one, field))?.text ?? ''}
          onChange={(value, isTyping) => commands.setParam(node.id, field.name, value, isTyping ? `${node.id}.${field.name}` : '')}
        />
      ))}
      <Wiring id={node.id} checked={checked} readonly={readonly} onConnect={onConnect} />
      {parameters !== undefined && <p className="lc-quiet">{counted(parameters, 'parameter')}</p>}
    </>
  );
}

function NodeName({ node, readonly }: { node: DrawnNode; readonly: boolean }) {
  const { store, commands } = useAround();
  const [text, setText] = useState(node.id);
  const problem = whyNot(store.state.drawing, node.id, text);
  return (
    <Labelled label="id" problem={problem} help="Layers are called after it.">
      {props => (
        <input
          {...props} type="text" value={text} readOnly={readonly} spellCheck={false} autoComplete="off"
          onChange={event => setText(event.target.value)} onBlur={() => commands.rename(node.id, text)}
          onKeyDown={event => {
            if (event.key === 'Enter') commands.rename(node.id, text);
            if (event.key === 'Escape') setText(node.id);
          }}
        />
      )}
    </Labelled>
  );
}

function Several({ nodes, checked, readonly, onConnect }: {
  nodes: DrawnNode[];
  checked: Checked | undefined;
  readonly: boolean;
  onConnect: () => void;
}) {
  const { commands } = useAround();
  const total = nodes.reduce((sum, node) => sum + (checked?.parameters[node.id] ?? 0), 0);
  return (
    <>
      <header className="lc-head"><h2>{counted(nodes.length, 'node')}</h2></header>
      <p className="lc-quiet">{count(total)} parameters</p>
      <ul className="lc-wiring" aria-label="Selected nodes">
        {nodes.map(node => (
          <li key={node.id}><button className="lc-link lc-line" onClick={() => commands.goTo(node.id)}>{node.id}</button></li>
        ))}
      </ul>
      {!readonly && (
        <div className="lc-row">
          <button onClick={onConnect}>Connect … <kbd>C</kbd></button>
          <button onClick={commands.duplicate}>Duplicate</button>
          <button onClick={commands.remove}>Delete</button>
        </div>
      )}
    </>
  );
}

function Problems({ problems }: { problems: Problem[] }) {
  if (!problems.length) return null;
  return (
    <ul className="lc-problems" aria-label="Problems">
      {problems.map((one, at) => (
        <li key={at} className="lc-problem"><span aria-hidden="true">▲</span> {one.text}</li>
      ))}
    </ul>
  );
}

/** Tell whether a problem's sentence is about a field: it says "field = value". */
function isAbout(problem: Problem, field: Field): boolean {
  return ` ${problem.text}`.includes(` ${field.name} = `);
}

function namesFor(field: Field, component: Component | undefined, choices: Choices | undefined, others: string[]): string[] | null {
  if (component?.shares === field.name) return others;
  const names = field.kind === 'feature' ? choices?.feature : field.kind === 'label' ? choices?.label : undefined;
  return names?.length ? names : null;
}

/** Parameters that the form does not have: they can be seen, and taken out. */
function unknown(node: DrawnNode, component: Component | undefined): Field[] {
  const known = new Set(component?.fields.map(field => field.name));
  return Object.keys(node.params).filter(name => !known.has(name)).map(name => ({
    name, kind: 'text', type: 'text', default: null, choices: null, least: null, most: null, unit: '', prefill: null,
    help: component ? 'The form of this component has no such field; empty it to take it out.' : '',
  }));
}
