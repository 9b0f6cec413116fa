/** Waiting for the process behind the apps, and saying in words what keeps it away. */
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';

/** Why the apps are not there, and what helps. */
export interface IFailure {
  readonly reason: string;
  readonly remedy: string;
}

/** A small file every Panel server has: asking for it opens no session. */
const PROBE = 'litlab/static/js/bokeh.min.js';

/**
 * Ask for the apps until they answer; jupyter-server-proxy starts their process at the first
 * request and holds that request back until the process listens, so one request is enough.
 *
 * @returns null once they are there, else what is wrong.
 */
export async function startApps(
  settings: ServerConnection.ISettings,
  trans: TranslationBundle
): Promise<IFailure | null> {
  try {
    const address = URLExt.join(settings.baseUrl, PROBE);
    const response = await ServerConnection.makeRequest(address, { method: 'HEAD' }, settings);
    // A login that has ended answers with the login page.
    const status = response.redirected ? 401 : response.status;
    return status < 300 ? null : explain(status, trans);
  } catch (error) {
    if (error instanceof ServerConnection.NetworkError) {
      return explain(0, trans);
    }
    throw error;
  }
}

/** Say what an HTTP status means here; 0 is no answer at all. */
export function explain(status: number, trans: TranslationBundle): IFailure {
  if (status === 0) {
    return {
      reason: trans.__('The Jupyter server does not answer.'),
      remedy: trans.__('See whether it still runs, then try again.')
    };
  }
  if (status === 401 || status === 403) {
    return {
      reason: trans.__('You are no longer logged in to this Jupyter server.'),
      remedy: trans.__('Reload the page and log in.')
    };
  }
  if (status === 404) {
    return {
      reason: trans.__('This Jupyter server has no way to the litlab apps (HTTP 404).'),
      remedy: trans.__(
        "Install them where Jupyter runs with: pip install 'litlab[lab]'. Then start JupyterLab again."
      )
    };
  }
  return {
    reason: trans.__('The litlab apps did not start (HTTP %1).', status),
    remedy: trans.__('Run "litlab serve" in a terminal: it shows why. Then try again.')
  };
}
