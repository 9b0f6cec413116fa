"""Every error litlab raises: what was given, what was wanted, where, and the remedy.

One class per thing a person can get wrong. A class holds one sentence and one remedy as format
strings; raising it with keyword fields fills them in. Every class is also an ordinary ``ValueError``,
``LookupError`` or ``OSError``, and survives pickling, so that a worker process can hand it over.
"""

from litlab.errors.assets import (
    BadSchema,
    BuildFailed,
    BuildNeedsSpace,
    NoAsset,
    NotDeterministic,
    OtherTicks,
    ScriptCrashed,
    ScriptOutOfMemory,
    ScriptTimeout,
)
from litlab.errors.base import LitlabError
from litlab.errors.data import (
    BrokenArchive,
    BrokenCache,
    ContractBroken,
    EmptyFile,
    FileChanged,
    ImpossibleTime,
    InflatesTooFar,
    LineTooLong,
    MissingColumn,
    MissingFile,
    MixedColumn,
    MixedFormats,
    NaiveTime,
    NoDateInName,
    NoSpaceLeft,
    NoSuchTick,
    NotCached,
    OlderFormat,
    OverlappingFiles,
    RepeatedColumn,
    SeveralInstruments,
    StaleCacheWarning,
    TooManyRejects,
    TooMuchDisorder,
    UnknownFormat,
    WrongLayout,
)
from litlab.errors.models import (
    BadCanvas,
    DeploymentFailed,
    FeatureMismatch,
    JobFailed,
    NotLoopback,
    ParityFailed,
    RunFailed,
)
from litlab.errors.names import (
    AlreadyExists,
    BadName,
    BadParameter,
    BadRecord,
    Locked,
    MissingExtra,
    NewerFormat,
    NoTeam,
    Pinned,
    UnknownName,
)
from litlab.errors.scripts import (
    BadOutput,
    BadScript,
    LookaheadError,
    ScriptFailed,
)

__all__ = [
    "AlreadyExists", "BadCanvas", "BadName", "BadOutput", "BadParameter", "BadRecord", "BadSchema",
    "BadScript", "BrokenArchive", "BrokenCache", "BuildFailed", "BuildNeedsSpace", "ContractBroken",
    "DeploymentFailed", "EmptyFile", "FeatureMismatch", "FileChanged", "ImpossibleTime",
    "InflatesTooFar", "JobFailed", "LineTooLong", "LitlabError", "Locked", "LookaheadError",
    "MissingColumn", "MissingExtra", "MissingFile", "MixedColumn", "MixedFormats", "NaiveTime",
    "NewerFormat", "NoAsset", "NoDateInName", "NoSpaceLeft", "NoSuchTick", "NoTeam", "NotCached",
    "NotDeterministic", "NotLoopback", "OlderFormat", "OtherTicks", "OverlappingFiles", "ParityFailed",
    "Pinned", "RepeatedColumn", "RunFailed", "ScriptCrashed", "ScriptFailed", "ScriptOutOfMemory",
    "ScriptTimeout", "SeveralInstruments", "StaleCacheWarning", "TooManyRejects", "TooMuchDisorder",
    "UnknownFormat", "UnknownName", "WrongLayout",
]  # fmt: skip
