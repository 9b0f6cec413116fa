"""Coroutines run to their end, also where a browser test has left an event loop running in this thread.

Playwright's synchronous interface keeps one in a greenlet for as long as its browser lives; asyncio refuses a
second one. It is told of none meanwhile: that greenlet does not run before we return.
"""

import asyncio
from asyncio import events
from collections.abc import Coroutine
from typing import Any


def finished(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine to its end and return what it returns."""
    other = events._get_running_loop()
    events._set_running_loop(None)
    try:
        return asyncio.run(coroutine)
    finally:
        events._set_running_loop(other)
