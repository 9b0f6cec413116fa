/** The fields of a form, each by its kind; a field left empty keeps its parameter absent. */

import { useId, useState } from 'react';
import type { ReactNode } from 'react';
import { same } from './drawing';
import type { Field, Json } from './types';
import { capital, placeholder, typed, written } from './words';

const LONG = 60;

export interface FieldProps {
  field: Field;
  value: Json | undefined;
  /** What a name may be chosen from: features, labels, other nodes; null where anything may be written. */
  names: string[] | null;
  problem: string;
  readonly: boolean;
  onChange: (value: Json | undefined, isTyping: boolean) => void;
}

export function FormField(props: FieldProps) {
  const { field, value, problem } = props;
  const id = useId();
  const about = `${id}-about`;
  const isBox = field.kind === 'boolean';
  const label = (
    <label htmlFor={id}>{field.name}{field.unit && <span className="lc-quiet"> {field.unit}</span>}</label>
  );
  const shared = { id, 'aria-describedby': about, 'aria-invalid': problem ? true : undefined };
  return (
    <div className={isBox ? 'lc-field lc-box' : 'lc-field'}>
      {!isBox && label}
      {isBox ? (
        <input
          {...shared} type="checkbox" disabled={props.readonly}
          checked={value === undefined ? field.default === true : value === true}
          onChange={event => {
            const ticked = event.target.checked;
            props.onChange(same(ticked, field.default ?? false) ? undefined : ticked, false);
          }}
        />
      ) : props.names || field.kind === 'choice' ? (
        <Choice {...props} shared={shared} names={props.names ?? field.choices ?? []} />
      ) : (
        <TextBox {...props} shared={shared} />
      )}
      {isBox && label}
      <div id={about} className="lc-help">
        {problem && <p className="lc-problem"><span aria-hidden="true">▲</span> {problem}</p>}
        {field.help && <p>{field.help}</p>}
        {field.wanted && (field.kind === 'number' || field.kind === 'list') && <p>{capital(field.wanted)}.</p>}
      </div>
    </div>
  );
}

function Choice({ field, value, names, shared, readonly, onChange }: FieldProps & { names: string[]; shared: object }) {
  const usual = written(field.default); // what holds while nothing is chosen: one line of the list, not two
  const now = written(value) === usual ? '' : written(value);
  const missing = now !== '' && !names.includes(now);
  return (
    <select {...shared} value={now} disabled={readonly} onChange={event => onChange(event.target.value || undefined, false)}>
      <option value="">{usual || '—'}</option>
      {missing && <option value={now}>{now} (not there)</option>}
      {names.filter(name => name !== usual).map(name => <option key={name} value={name}>{name}</option>)}
    </select>
  );
}

function TextBox({ field, value, shared, readonly, onChange }: FieldProps & { shared: object }) {
  const [text, setText] = useState<string | null>(null); // as typed, while it is and nobody else changes the value
  const shown = text !== null && same(typed(text, field) ?? null, value ?? null) ? text : written(value);
  const props = {
    ...shared, value: shown, placeholder: placeholder(field), readOnly: readonly, spellCheck: false,
    onFocus: () => setText(shown),
    onBlur: () => setText(null),
    onChange: (event: { target: { value: string } }) => {
      setText(event.target.value);
      onChange(typed(event.target.value, field), true);
    },
  };
  if (field.kind === 'text' && shown.length > LONG) return <textarea {...props} rows={4} />;
  return <input {...props} type="text" autoComplete="off" inputMode={field.kind === 'number' ? 'decimal' : 'text'}
    className={field.kind === 'number' ? 'lc-number' : undefined} />;
}

/** A line of a form that is no parameter: a setting, a name. */
export function Labelled(given: { label: string; help?: string; problem?: string; children: (props: object) => ReactNode }) {
  const id = useId();
  const { label, help = '', problem = '' } = given;
  return (
    <div className="lc-field">
      <label htmlFor={id}>{label}</label>
      {given.children({ id, 'aria-describedby': `${id}-about`, 'aria-invalid': problem ? true : undefined })}
      <div id={`${id}-about`} className="lc-help">
        {problem && <p className="lc-problem" role="alert"><span aria-hidden="true">▲</span> {problem}</p>}
        {help && <p>{help}</p>}
      </div>
    </div>
  );
}
