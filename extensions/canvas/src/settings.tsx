/** What a canvas is called, what it learns from, where it is trained. */

import { useAround } from './context';
import { Labelled } from './fields';
import { useChecked, useTrait } from './host';
import { useStore } from './store';
import type { AssetChoice, Checked, Json } from './types';
import { bytes, written } from './words';

interface Given {
  readonly: boolean;
  description: string;
  onDescription: (text: string) => void;
}

export function Settings({ readonly, description, onDescription }: Given) {
  const { model, store, commands } = useAround();
  const settings = useStore(store, now => now.drawing.settings);
  const choices = useTrait(model, 'choices');
  const said = useTrait(model, 'said');
  const checked = useChecked(model);
  const problem = (name: string) => (said?.field === name && said.kind === 'problem' ? said.text : '');
  const select = (name: string, label: string, options: [string, string][], empty: string, help?: string) => (
    <Labelled label={label} problem={problem(name)} help={help ?? ''}>
      {props => (
        <Select {...props} value={settings[name]} options={options} empty={empty} isOff={readonly}
          onChange={value => commands.setSetting(name, value)} />
      )}
    </Labelled>
  );
  const assets = choices?.assets ?? [];
  const asset = assets.find(one => one.id === settings.asset);
  return (
    <>
      <header className="lc-head"><h2>Settings</h2></header>
      <Labelled label="Name" problem={problem('name')}>
        {props => (
          <input {...props} type="text" value={written(settings.name)} readOnly={readonly} spellCheck={false} autoComplete="off"
            onChange={event => commands.setSetting('name', event.target.value, 'name')} />
        )}
      </Labelled>
      {select('project', 'Project', (choices?.projects ?? []).map(one => [one, one]), '—')}
      {select('asset', 'Asset', assets.map(one => [one.id, one.title]), '—', standing(asset))}
      {select('device', 'Device', (choices?.devices ?? []).map(one => [one, one]), 'chosen when it starts', memory(checked))}
      <Labelled label="Description" problem={problem('description')} help="Said with the experiment, not kept in the canvas.">
        {props => <input {...props} type="text" value={description} onChange={event => onDescription(event.target.value)} />}
      </Labelled>
    </>
  );
}

function Select({ value, options, empty, isOff, onChange, ...props }: {
  value: Json | undefined;
  options: [string, string][];
  empty: string;
  isOff: boolean;
  onChange: (value: string) => void;
}) {
  const now = written(value);
  return (
    <select {...props} value={now} disabled={isOff} onChange={event => onChange(event.target.value)}>
      <option value="">{empty}</option>
      {now !== '' && !options.some(([id]) => id === now) && <option value={now}>{now} (not there)</option>}
      {options.map(([id, text]) => <option key={id} value={id}>{text}</option>)}
    </select>
  );
}

function memory(checked: Checked | undefined): string {
  if (!checked?.needed || !checked.free) return '';
  return `Training takes about ${bytes(checked.needed)} of memory, TensorFlow’s own included; ${bytes(checked.free)} are free.`;
}

function standing(asset: AssetChoice | undefined): string {
  if (!asset) return 'Shapes are known once an asset is chosen.';
  return asset.promoted ? '● promoted' : '○ not promoted yet';
}
