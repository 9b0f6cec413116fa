"""A window on a log of any length: its end, what comes in, what came before on demand; never all of it."""

from __future__ import annotations

from pathlib import Path

from litlab.builds import tail
from litlab.builds.tail import Piece

MOST_BYTES = 4 * tail.PIECE


class LogWindow:
    """A stretch of a log that slides.

    Parameters
    ----------
    path : Path
        It need not be there yet.

    Attributes
    ----------
    follows : bool
        Whether the end is in sight, so that new lines are shown.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.latest()

    @property
    def lines(self) -> list[str]:
        """The lines in sight."""
        return [line for piece in self._pieces for line in piece.lines]

    @property
    def start(self) -> int:
        """Where in the file the window begins, in bytes."""
        return self._pieces[0].start

    @property
    def span(self) -> int:
        """How many bytes of the file are in sight."""
        return self._pieces[-1].stop - self._pieces[0].start

    def latest(self) -> None:
        """Go to the end."""
        self._pieces: list[Piece] = [tail.last(self.path)]
        self.follows = True

    def earlier(self) -> None:
        """Show what came before as well; what is furthest away goes out of sight."""
        if not self.start:
            return
        self._pieces.insert(0, tail.before(self.path, self.start))
        while self.span > MOST_BYTES and len(self._pieces) > 1:
            self._pieces.pop()
            self.follows = False

    def advance(self) -> bool:
        """Show what has come in, if the end is in sight; tell whether anything has."""
        if not self.follows:
            return False
        piece = tail.new(self.path, self._pieces[-1].stop)
        if piece.start != self._pieces[-1].stop:  # more than a window has come in, or the file began anew
            changed = piece.stop != self._pieces[-1].stop
            self._pieces = [piece]
            return changed
        if not piece.lines:
            return False
        self._pieces.append(piece)
        while self.span > MOST_BYTES and len(self._pieces) > 1:
            self._pieces.pop(0)
        return True
