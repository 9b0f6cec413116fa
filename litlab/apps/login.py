"""Who may use the apps: a file of names and hashed passwords, a page to log in, a cookie.

1. ``add_user`` writes a name and the scrypt hash of its password. 2. ``guarded`` makes the server ask every
page and websocket who is there; uploads ask ``knows``. 3. The cookie is signed with a secret of this process:
it ends with the process, after a week, or when people open ``logout``. Nothing of it is fetched elsewhere.
"""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import functools
import hashlib
import hmac
import logging
import secrets
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

import tornado.web
from bokeh.server.auth_provider import AuthProvider
from tornado.websocket import WebSocketHandler

from litlab.charts.tokens import DARK, LIGHT
from litlab.errors import BadParameter, BadRecord
from litlab.records import Record, check_name

_DAYS = 7
_SHORTEST = 10  # characters of a password
_COST = (1 << 15, 8, 1)  # scrypt's n, r, p: some 0.1 s and 32 MiB a try
_MOST_BYTES = 128 << 20
_WAIT_S = 1.0  # after a wrong password, one at a time

_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Log in · litlab</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"><style>
{light} @media (prefers-color-scheme: dark) {{ {dark} }}
html, body {{ background: var(--lit-surface); height: 100%; margin: 0; }}
body {{ font: 13px/20px var(--lit-font); color: var(--lit-text); display: grid; place-items: center; }}
form {{ display: grid; gap: 12px; width: 264px; }}
h1 {{ font: 500 18px/28px var(--lit-font); margin: 0; }}
label {{ display: grid; gap: 4px; }}
input, button {{ font: inherit; color: inherit; padding: 4px 8px; border: 1px solid var(--lit-hairline);
  border-radius: 2px; background: var(--lit-surface); }}
button {{ background: var(--lit-accent); border-color: var(--lit-accent); color: var(--lit-surface); }}
:focus-visible {{ outline: 2px solid var(--lit-accent); outline-offset: 1px; }}
p {{ margin: 0; color: var(--lit-warning); min-height: 20px; }}
</style></head><body><form method="post"><h1>litlab</h1>
<label>User <input name="user" autocomplete="username" value="{user}" required {first}></label>
<label>Password
<input name="password" type="password" autocomplete="current-password" required {then}></label>
<input type="hidden" name="next" value="{next}"><p role="alert">{problem}</p><button>Log in</button>
</form></body></html>"""


@dataclasses.dataclass(frozen=True)
class Logins(Record):
    """Who may log in.

    Attributes
    ----------
    users : dict of str to str
        Name → ``scrypt$n$r$p$salt$hash``.
    """

    KIND: ClassVar[str] = "logins"

    users: dict[str, str]


def add_user(path: Path, user: str, password: str) -> None:
    """Write a user with a new password into a file that only its owner can read; made where it is not there.

    Raises
    ------
    BadName
        If it cannot be a user's name; BadParameter for a password of less than ten characters.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "logins.json"
    >>> add_user(path, "ada", "correct horse")
    >>> users = Logins.load(path).users
    >>> is_password(users, "ada", "correct horse"), is_password(users, "ada", "wrong horse")
    (True, False)
    """
    check_name(user, "user")
    if len(password) < _SHORTEST:
        raise BadParameter(name="password", given="…", wanted=f"at least {_SHORTEST} characters")
    users = Logins.load(path).users if path.exists() else {}
    path.parent.mkdir(parents=True, exist_ok=True)
    Logins({**users, user: _hashed(password, secrets.token_bytes(16), *_COST)}).save(path)
    path.chmod(0o600)


def is_password(users: dict[str, str], user: str, password: str) -> bool:
    """Tell whether this is the user's password; as slow for a user who is not there."""
    kept = users.get(user) or _nobody()
    _, n, r, p, salt, _ = kept.split("$")
    given = _hashed(password, base64.b64decode(salt), int(n), int(r), int(p))
    return hmac.compare_digest(given, kept) and user in users


@functools.cache
def _nobody() -> str:
    return _hashed(secrets.token_hex(16), secrets.token_bytes(16), *_COST)


def _hashed(password: str, salt: bytes, n: int, r: int, p: int) -> str:
    made = hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, maxmem=_MOST_BYTES)
    return f"scrypt${n}${r}${p}${base64.b64encode(salt).decode()}${base64.b64encode(made).decode()}"


# --- the server ----------------------------------------------------------------------------------------


def guarded(path: str | Path) -> dict[str, Any]:
    """Return the options of a server that asks for a login; BadRecord for a file that is none of ours."""
    path = Path(path)
    users = Logins.load(path).users
    if not users or not all(text.startswith("scrypt$") and text.count("$") == 5 for text in users.values()):
        raise BadRecord(path=path, kind=Logins.KIND, reason="it holds no hashed password of a user")
    # Foreign websockets are refused by the door, which knows what people call us; Bokeh's own list does not.
    logging.getLogger("bokeh.server.util").setLevel(logging.ERROR)
    door = _Door(users, f"litlab-{hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:8]}")
    return {"auth_provider": door, "cookie_secret": secrets.token_hex(32)}


def knows(handler: tornado.web.RequestHandler) -> bool:
    """Tell whether a request may be answered: somebody has logged in, or nobody has to."""
    door: Any = getattr(handler.application, "auth_provider", None)
    return not isinstance(door, _Door) or door.user_of(handler) is not None


class _Door(AuthProvider):  # type: ignore[misc]  # bokeh's server has no types
    """What Bokeh asks before it answers for a page or opens a websocket."""

    def __init__(self, users: dict[str, str], cookie: str) -> None:
        self.users, self.cookie = users, cookie
        self.turn = asyncio.Lock()
        super().__init__()

    def user_of(self, handler: tornado.web.RequestHandler) -> str | None:
        """Return who sent a request; None too for a websocket that another site's page opens."""
        if isinstance(handler, WebSocketHandler) and not _is_same_origin(handler.request):
            return None
        name = handler.get_signed_cookie(self.cookie, max_age_days=_DAYS)
        user = name.decode() if name else None
        return user if user in self.users else None

    @property
    def get_user(self) -> Callable[[Any], Any]:
        return self.user_of

    @property
    def login_url(self) -> str:
        return "/login"

    @property
    def login_handler(self) -> type[tornado.web.RequestHandler]:
        return _Login

    @property
    def logout_url(self) -> str:
        return "/logout"

    @property
    def logout_handler(self) -> type[tornado.web.RequestHandler]:
        return _Logout


def _is_same_origin(request: Any) -> bool:
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.host


class _Login(tornado.web.RequestHandler):
    """The page to log in, and what it sends."""

    def set_default_headers(self) -> None:
        """No other site may frame the page, nor anything be loaded into it."""
        policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'"
        self.set_header("Content-Security-Policy", f"{policy}; frame-ancestors 'none'")
        self.set_header("Cache-Control", "no-store")

    def get(self) -> None:
        """Show the page."""
        self._show()

    async def post(self) -> None:
        """Let a user in, and on to the page that was asked for."""
        if not _is_same_origin(self.request):
            raise tornado.web.HTTPError(403)
        door: _Door = self.application.auth_provider  # type: ignore[attr-defined]
        user, password = (
            self.get_body_argument("user", ""),
            self.get_body_argument("password", "", strip=False),
        )
        async with door.turn:  # guesses wait for each other
            loop = asyncio.get_running_loop()
            right = await loop.run_in_executor(None, is_password, door.users, user, password)
            if not right:
                await asyncio.sleep(_WAIT_S)
        if not right:
            self.set_status(401)
            self._show(user, "▲ No user has this name and password.")
            return
        self.set_signed_cookie(
            door.cookie, user, expires_days=_DAYS, httponly=True, samesite="Lax",
            secure=self.request.protocol == "https",
        )  # fmt: skip
        self.redirect(self._next(), status=303)

    def _next(self) -> str:
        """Return the page asked for, one of this server's; the list of projects without."""
        asked = self.get_argument("next", "")
        own = asked.startswith("/") and not asked.startswith(("//", "/\\")) and asked.isprintable()
        return asked if own else "./"

    def _show(self, user: str = "", problem: str = "") -> None:
        first, then = ("", "autofocus") if user else ("autofocus", "")
        self.write(
            _PAGE.format(
                light=LIGHT.css(), dark=DARK.css(), user=escape(user), next=escape(self._next()),
                problem=escape(problem), first=first, then=then,
            )
        )  # fmt: skip


class _Logout(tornado.web.RequestHandler):
    """Forgets who was there."""

    def get(self) -> None:
        """Go back to the page to log in."""
        door: _Door = self.application.auth_provider  # type: ignore[attr-defined]
        self.clear_cookie(door.cookie)
        self.redirect("./login")
