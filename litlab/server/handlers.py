"""The handlers of litlab's JSON interface: check the login, make one domain call, answer JSON.

The interface lies below ``litlab-api/`` because ``litlab/`` belongs to the proxied apps.
"""

from __future__ import annotations

import tornado.web
from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join

from litlab.errors import LitlabError
from litlab.server.wire import projects_body
from litlab.workspace import Workspace


class ProjectsHandler(APIHandler):  # type: ignore[misc]  # jupyter_server is not followed by mypy here
    """``GET litlab-api/projects`` answers a ProjectsBody of the workspace Jupyter was started on."""

    @tornado.web.authenticated
    def get(self) -> None:
        """Answer the projects; 500 with litlab's own sentence when a record cannot be read."""
        try:
            body = projects_body(Workspace())
        except LitlabError as error:
            raise tornado.web.HTTPError(500, str(error)) from error
        self.finish(dict(body))


def install(web_app: tornado.web.Application) -> None:
    """Add the handlers to a Jupyter server's application."""
    address = url_path_join(web_app.settings["base_url"], "litlab-api", "projects")
    web_app.add_handlers(".*$", [(address, ProjectsHandler)])
