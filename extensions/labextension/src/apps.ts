/**
 * The apps litlab shows in JupyterLab: their routes, their names, their icons.
 *
 * One entry here is one launcher card, one palette entry and one command `litlab:open-<route>`.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import { LabIcon } from '@jupyterlab/ui-components';

import assetsSvg from '../style/icons/assets.svg';
import discoverySvg from '../style/icons/discovery.svg';

/** A page of the Panel server, as Lab shows it. */
export interface IApp {
  /** The last part of its address: `{base_url}litlab/<route>`. */
  readonly route: string;
  /** Its name on the card and on the tab. */
  readonly label: string;
  /** Its name in the command palette. */
  readonly open: string;
  /** One sentence saying what it is for. */
  readonly caption: string;
  readonly icon: LabIcon;
}

const discoveryIcon = new LabIcon({ name: 'litlab:discovery', svgstr: discoverySvg });
const assetsIcon = new LabIcon({ name: 'litlab:assets', svgstr: assetsSvg });

/** Return the apps in the order of the workflow. */
export function listApps(trans: TranslationBundle): IApp[] {
  return [
    {
      route: 'discovery',
      label: trans.__('Discovery'),
      open: trans.__('Open litlab Discovery'),
      caption: trans.__('Look at the ticks around any index'),
      icon: discoveryIcon
    },
    {
      route: 'assets',
      label: trans.__('Assets'),
      open: trans.__('Open litlab Assets'),
      caption: trans.__('Inspect what was built and promote it'),
      icon: assetsIcon
    }
  ];
}

/** The command that opens an app. */
export function commandOf(app: IApp): string {
  return `litlab:open-${app.route}`;
}
