/**
 * The rooms of the workflow, in its order: their names, their icons, and the pages of those that have one.
 *
 * A room with a page is one launcher card, one palette entry and one command `litlab:open-<room>`.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import { LabIcon } from '@jupyterlab/ui-components';

import assetsSvg from '../style/icons/assets.svg';
import buildsSvg from '../style/icons/builds.svg';
import deploymentsSvg from '../style/icons/deployments.svg';
import designerSvg from '../style/icons/designer.svg';
import discoverySvg from '../style/icons/discovery.svg';
import experimentsSvg from '../style/icons/experiments.svg';
import featuresSvg from '../style/icons/features.svg';
import insightsSvg from '../style/icons/insights.svg';
import litlabSvg from '../style/icons/litlab.svg';
import schemasSvg from '../style/icons/schemas.svg';
import streamsSvg from '../style/icons/streams.svg';
import uploadsSvg from '../style/icons/uploads.svg';
import vaultSvg from '../style/icons/vault.svg';
import type { Room } from './wire';

/** litlab itself: the side panel, logs. */
export const litlabIcon = new LabIcon({ name: 'litlab:litlab', svgstr: litlabSvg });

/** A room of the workflow. */
export interface IRoom {
  readonly room: Room;
  readonly label: string;
  /** One sentence saying what it is for. */
  readonly caption: string;
  readonly icon: LabIcon;
}

/** A room with a page of the Panel server, which is `{base_url}litlab/<room>`. */
export interface IApp extends IRoom {
  /** Its name in the command palette. */
  readonly open: string;
}

/** Return all rooms in the order of the workflow; one without `open` has no page yet. */
export function listRooms(trans: TranslationBundle): (IRoom | IApp)[] {
  const room = (room: Room, svgstr: string, label: string, caption: string, open?: string): IRoom | IApp => {
    const icon = new LabIcon({ name: `litlab:${room}`, svgstr });
    return open ? { room, label, caption, icon, open } : { room, label, caption, icon };
  };
  return [
    room(
      'uploads',
      uploadsSvg,
      trans.__('Uploads'),
      trans.__('Bring in files of ticks and see what is in them'),
      trans.__('Open litlab Uploads')
    ),
    room(
      'discovery',
      discoverySvg,
      trans.__('Discovery'),
      trans.__('Look at the ticks around any index'),
      trans.__('Open litlab Discovery')
    ),
    room(
      'features',
      featuresSvg,
      trans.__('Features'),
      trans.__('Try scripts on the ticks and save features of them'),
      trans.__('Open litlab Features')
    ),
    room(
      'schemas',
      schemasSvg,
      trans.__('Schemas'),
      trans.__('Say which samples, features and labels make an asset'),
      trans.__('Open litlab Schemas')
    ),
    room(
      'builds',
      buildsSvg,
      trans.__('Builds'),
      trans.__('Compute assets and follow them chunk by chunk'),
      trans.__('Open litlab Builds')
    ),
    room(
      'assets',
      assetsSvg,
      trans.__('Assets'),
      trans.__('Inspect what was built and promote it'),
      trans.__('Open litlab Assets')
    ),
    room(
      'designer',
      designerSvg,
      trans.__('Designer'),
      trans.__('Draw models of components'),
      trans.__('Open litlab Designer')
    ),
    room(
      'experiments',
      experimentsSvg,
      trans.__('Experiments'),
      trans.__('Train models and compare their runs'),
      trans.__('Open litlab Experiments')
    ),
    room(
      'vault',
      vaultSvg,
      trans.__('Vault'),
      trans.__('Keep models with their scores and what they were made of'),
      trans.__('Open litlab Vault')
    ),
    room('streams', streamsSvg, trans.__('Streams'), trans.__('Take in live ticks')),
    room('deployments', deploymentsSvg, trans.__('Deployments'), trans.__('Keep models predicting on streams')),
    room('insights', insightsSvg, trans.__('Insights'), trans.__('See why a model predicts what it predicts'))
  ];
}

/** Tell whether a room has a page. */
export function isApp(room: IRoom | IApp): room is IApp {
  return 'open' in room;
}

/** The command that opens a room's page. */
export function commandOf(room: Room): string {
  return `litlab:open-${room}`;
}
