"""How jupyter-server-proxy starts the Panel apps: one process, listening on a unix socket only.

No TCP port opens, and every request, the websocket's too, passes Jupyter's login first. The process
starts with the first request and inherits ``LITLAB_HOME``, so it serves the workspace Jupyter was
started on.
"""

from __future__ import annotations

import sys
from typing import Any

START_TIMEOUT_S = 60  # a cold start on a busy 2-core machine was seen to take 20 s


def setup() -> dict[str, Any]:
    """Return the entry for the group ``jupyter_serverproxy_servers``.

    Returns
    -------
    entry : dict
        Keys as jupyter-server-proxy's ``ServerProcess`` has them; the braces in the command are filled
        in by the proxy.

    Examples
    --------
    >>> setup()["command"][1:]
    ['-m', 'litlab.apps', '--unix-socket', '{unix_socket}', '--prefix', '{base_url}litlab']
    """
    return {
        "command": [
            sys.executable, "-m", "litlab.apps",
            "--unix-socket", "{unix_socket}",
            "--prefix", "{base_url}litlab",
        ],
        "unix_socket": True,  # the proxy makes a folder of mode 0700 for it
        "absolute_url": True,  # the apps know their prefix, so their own links are right
        "timeout": START_TIMEOUT_S,
        "launcher_entry": {"enabled": False},  # the JupyterLab extension has better cards
    }  # fmt: skip
