"""``python -m litlab.apps``: the apps' process, as jupyter-server-proxy starts it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from litlab.apps.serve import serve
from litlab.errors import LitlabError
from litlab.workspace import Workspace


def main(arguments: list[str] | None = None) -> int:
    """Serve until told to stop; 2 where that is refused."""
    parser = argparse.ArgumentParser(prog="python -m litlab.apps", description=__doc__)
    parser.add_argument("--unix-socket", type=Path, help="listen on this socket, on no port")
    parser.add_argument("--prefix", default="", help="what comes before the pages' paths")
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one")
    parser.add_argument("--address", default="127.0.0.1", help="a loopback address, unless there is a login")
    parser.add_argument("--auth", type=Path, help="names and hashed passwords; any address then")
    parser.add_argument("--workspace", help="$LITLAB_HOME by default")
    given = parser.parse_args(arguments)
    try:
        home = Workspace(given.workspace)
        serve(home, given.port, given.address, given.unix_socket, given.prefix, given.auth)
    except LitlabError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
