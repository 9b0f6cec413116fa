/** Light or dark, and whether JupyterLab's own colours are around. */

import { useEffect, useState } from 'react';
import { useTrait } from './host';
import type { Model } from './types';

export type Theme = 'light' | 'dark';

export function useTheme(model: Model): { theme: Theme; isInLab: boolean } {
  const asked = useTrait(model, 'theme') || '';
  const [around, setAround] = useState(look);
  useEffect(() => {
    const again = () => setAround(look());
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const watcher = new MutationObserver(again);
    watcher.observe(document.body, { attributes: true, attributeFilter: ['data-jp-theme-light'] });
    dark.addEventListener('change', again);
    return () => {
      watcher.disconnect();
      dark.removeEventListener('change', again);
    };
  }, []);
  const isInLab = around.isInLab && (asked === '' || asked === around.theme);
  return { theme: asked || around.theme, isInLab };
}

function look(): { theme: Theme; isInLab: boolean } {
  const lab = document.body.dataset.jpThemeLight;
  if (lab !== undefined) return { theme: lab === 'true' ? 'light' : 'dark', isInLab: true };
  return { theme: matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light', isInLab: false };
}
