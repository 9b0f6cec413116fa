/** What every part of the canvas may use: the store, the line to the host, what can be done. */

import { createContext, useContext } from 'react';
import type { Commands } from './commands';
import type { Host } from './host';
import type { Store } from './store';
import type { Component, Model } from './types';

export interface Surroundings {
  model: Model;
  store: Store;
  host: Host;
  commands: Commands;
  components: ReadonlyMap<string, Component>;
}

export const Around = createContext<Surroundings | null>(null);

export function useAround(): Surroundings {
  const found = useContext(Around);
  if (!found) throw new Error('used outside of a canvas');
  return found;
}
