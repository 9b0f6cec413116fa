/** The drawn canvas as anywidget wants it, and `mount` for hosts of other kinds. */

import { createRoot } from 'react-dom/client';
import '@xyflow/react/dist/base.css';
import './style.css';
import { App } from './app';
import { read } from './drawing';
import { Host } from './host';
import { placed } from './layout';
import { Store } from './store';
import type { Model } from './types';

/** Draw the model's canvas in an element; call what comes back to end it. */
export function mount(el: HTMLElement, model: Model): () => void {
  const host = new Host(model, new Store(placed(read(model.get('canvas')))));
  const box = document.createElement('div');
  box.className = 'litcanvas-host';
  el.append(box);
  const root = createRoot(box);
  root.render(<App host={host} />);
  return () => {
    host.close();
    root.unmount();
    box.remove();
  };
}

export default {
  render({ model, el }: { model: Model; el: HTMLElement }): () => void {
    return mount(el, model);
  },
};
