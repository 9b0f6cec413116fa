"""The drawn canvas's module and style, ``litlab/static/canvas.*``: served once, kept by the browser."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

import tornado.web

import litlab
from litlab.apps.login import knows

FOLDER = Path(litlab.__file__).parent / "static"


class BundleHandler(tornado.web.StaticFileHandler):
    """Gives a file of the bundle to who is logged in."""

    def prepare(self) -> None:
        """Ask who it is, where there is a login."""
        if not knows(self):
            raise tornado.web.HTTPError(401)


ROUTE = (r"/bundle/(canvas\.(?:js|css|licences\.txt))", BundleHandler, {"path": str(FOLDER)})


@functools.cache
def version() -> str:
    """Return what the bundle's address ends in: another bundle has another address, and is fetched anew."""
    made = hashlib.sha256()
    for name in ("canvas.js", "canvas.css"):
        if (FOLDER / name).is_file():
            made.update((FOLDER / name).read_bytes())
    return made.hexdigest()[:12]
