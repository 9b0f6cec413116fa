"""What litlab adds to a Jupyter server: its apps behind Jupyter's login, and a small JSON interface.

1. ``proxy`` tells jupyter-server-proxy how to start the Panel apps; they answer below ``<base>litlab/``.
2. ``handlers`` answer JSON below ``<base>litlab-api/``; ``wire`` says what their bodies hold, ``typescript``
   says it to the extension. ``status`` counts, ``logs`` reads what jobs say, ``drive`` shows scripts.
3. ``jupyter/`` holds the two files that switch this extension on and Panel's notebook preview off: its
   websocket accepts anyone from any page, and loading it costs every start of Jupyter seconds.
4. ``place`` puts those files and the built JupyterLab extension into a checkout's environment.
"""

from __future__ import annotations

from typing import Any


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "litlab.server"}]


def _load_jupyter_server_extension(server: Any) -> None:
    from litlab.server.handlers import install

    install(server.web_app)
