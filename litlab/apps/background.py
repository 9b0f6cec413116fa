"""Work that must not hold a page up: done in a thread, shown when it is ready; and looking again."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any, TypeVar

import panel as pn

from litlab.errors import LitlabError

T = TypeVar("T")


def run(work: Callable[[], T], done: Callable[[T], None], failed: Callable[[str], None]) -> None:
    """Do `work` in a thread, then call `done` with what it returned, or `failed` with the sentence.

    Both are called in the page's own turn, so they may change what is on it. Without a page (in a notebook,
    a test) everything happens at once.
    """
    document = pn.state.curdoc
    if document is None or document.session_context is None:
        _then(work, done, failed)()
        return

    context = document.session_context

    def threaded() -> None:
        show = _then(work, done, failed)
        try:
            document.add_next_tick_callback(show)
        except Exception:
            if not context.destroyed:  # nobody is there to be shown anything
                raise

    threading.Thread(target=threaded, daemon=True, name="page").start()


def _then(
    work: Callable[[], T], done: Callable[[T], None], failed: Callable[[str], None]
) -> Callable[[], None]:
    try:
        made = work()
    except LitlabError as error:
        said = str(error)
        return lambda: failed(said)
    except Exception as error:  # the thread's edge: nobody else would hear of it
        logging.getLogger(__name__).exception("work of a page failed")
        told = f"{type(error).__name__}: {error}. The log says where."
        return lambda: failed(told)
    return lambda: done(made)


def every(period_ms: int, call: Callable[[], None]) -> Any:
    """Call again and again while the page is open; returns what ``stop()`` ends, None without a page."""
    document = pn.state.curdoc
    if document is None or document.session_context is None:
        return None
    return pn.state.add_periodic_callback(call, period=period_ms)


class Later:
    """A call put off until a page has been at rest for a moment; made once however often it was asked for.

    Parameters
    ----------
    call : callable
    rest_ms : int
        Without a page (in a notebook, a test) it is called at once.
    """

    def __init__(self, call: Callable[[], None], rest_ms: int) -> None:
        self._call, self._rest_ms = call, rest_ms
        self._document = pn.state.curdoc
        self._waiting: Any = None

    def __call__(self) -> None:
        """Ask for the call."""
        if self._document is None or self._document.session_context is None:
            self._call()
            return
        if self._waiting is not None:
            self._document.remove_timeout_callback(self._waiting)
        self._waiting = self._document.add_timeout_callback(self._now, self._rest_ms)

    def _now(self) -> None:
        self._waiting = None
        self._call()
