"""The base of every error litlab raises."""

from __future__ import annotations

from typing import Any, ClassVar


class LitlabError(Exception):
    """Base of all litlab errors.

    Attributes
    ----------
    fields : dict
        What the sentence was filled in with.

    Examples
    --------
    >>> from litlab.errors import UnknownName
    >>> error = UnknownName(kind="unit", given="minutes", known=["second", "minute", "hour"])
    >>> print(error)
    There is no unit called 'minutes'. Did you mean 'minute'? Known: hour, minute, second.
    """

    sentence: ClassVar[str] = ""
    remedy: ClassVar[str] = ""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if cls.__module__.startswith("litlab.errors."):
            cls.__module__ = "litlab.errors"  # where people import it from, and what a traceback names

    def __init__(self, **fields: Any) -> None:
        self.fields = fields
        parts = [self.sentence.format(**fields), self.remedy.format(**fields)]
        super().__init__(" ".join(part for part in parts if part))

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild, (type(self), self.fields))


def _rebuild(kind: type[LitlabError], fields: dict[str, Any]) -> LitlabError:
    return kind(**fields)
