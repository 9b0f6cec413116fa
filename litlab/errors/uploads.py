"""Errors of files that people send."""

from __future__ import annotations

from litlab.errors.base import LitlabError


class BadFileName(LitlabError, ValueError):
    """A name that no uploaded file may have."""

    sentence = "{given!r} cannot be the name of an uploaded file."
    remedy = (
        "Rename it: up to 200 bytes of letters, digits, blanks and _ . - + = ^ @ ( ) , ~, a letter first."
    )


class NameTaken(LitlabError, ValueError):
    """Another file of this name is there already."""

    sentence = "Another file named {name} lies in {folder} already: {difference}."
    remedy = "Rename the file you send; the one that is there stays as it is."


class OtherUpload(LitlabError, ValueError):
    """A file that is not the one whose first part has arrived."""

    sentence = "{name} is not the file whose part is here: {difference}."
    remedy = "Discard the part, then send the file from its beginning."


class UploadGap(LitlabError, ValueError):
    """Bytes that came before the ones in front of them."""

    sentence = "The bytes of {name} from {offset:,} on came too early: {received:,} are here."
    remedy = "Send it from byte {received:,} on."


class UploadTooLong(LitlabError, ValueError):
    """More bytes than were announced."""

    sentence = "{name} was announced with {size:,} bytes, and more came."
    remedy = "Send it again when nothing writes to it any more."


class UploadNeedsSpace(LitlabError, OSError):
    """A disk on which the rest of a file has no place."""

    sentence = "{name} needs {needed:,} more bytes in {folder}, of which {free:,} are free."
    remedy = "Free {missing:,} bytes and send it again: it goes on where it stopped."
