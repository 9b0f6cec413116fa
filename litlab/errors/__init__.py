"""Every error litlab raises: what was given, what was wanted, where, and the remedy.

One class per thing a person can get wrong. A class holds one sentence and one remedy as format
strings; raising it with keyword fields fills them in. Every class is also an ordinary ``ValueError``,
``LookupError`` or ``OSError``, and survives pickling, so that a worker process can hand it over.
"""

from litlab.errors.assets import (
    BadSchema,
    BuildFailed,
    BuildNeedsSpace,
    BuildNotOurs,
    NoAsset,
    NotDeterministic,
    OtherTicks,
    ScriptCrashed,
    ScriptOutOfMemory,
    ScriptTimeout,
)
from litlab.errors.base import LitlabError
from litlab.errors.canvases import (
    BadCanvas,
    BadNodeParameter,
    BrokenComponent,
    CanvasTooLarge,
    ForeignRefused,
    LooseNode,
    LooseWire,
    NoOutput,
    NotACanvas,
    NothingChosen,
    NotInAsset,
    RepeatedNode,
    RepeatedOutput,
    UnknownComponent,
    WireFromOutput,
    WiresInCircle,
    WrongShape,
    WrongWires,
)
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
    DeploymentFailed,
    FeatureMismatch,
    JobFailed,
    LossNotFinite,
    NoRun,
    NotEnoughMemory,
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
    ScriptEnded,
    ScriptFailed,
    ScriptStopped,
)
from litlab.errors.uploads import (
    BadFileName,
    NameTaken,
    OtherUpload,
    UploadGap,
    UploadNeedsSpace,
    UploadTooLong,
)

__all__ = [
    "AlreadyExists", "BadCanvas", "BadFileName", "BadName", "BadNodeParameter", "BadOutput", "BadParameter",
    "BadRecord", "BadSchema", "BadScript", "BrokenArchive", "BrokenCache", "BrokenComponent", "BuildFailed",
    "BuildNeedsSpace", "BuildNotOurs", "CanvasTooLarge", "ContractBroken", "DeploymentFailed", "EmptyFile",
    "FeatureMismatch", "FileChanged", "ForeignRefused", "ImpossibleTime", "InflatesTooFar", "JobFailed",
    "LineTooLong", "LitlabError", "Locked", "LookaheadError", "LooseNode", "LooseWire", "LossNotFinite",
    "MissingColumn", "MissingExtra", "MissingFile", "MixedColumn", "MixedFormats", "NaiveTime", "NameTaken",
    "NewerFormat", "NoAsset", "NoDateInName", "NoOutput", "NoRun", "NoSpaceLeft", "NoSuchTick", "NoTeam",
    "NotACanvas", "NotCached", "NotDeterministic", "NotEnoughMemory", "NotInAsset", "NotLoopback",
    "NothingChosen", "OlderFormat", "OtherTicks", "OtherUpload", "OverlappingFiles", "ParityFailed", "Pinned",
    "RepeatedColumn", "RepeatedNode", "RepeatedOutput", "RunFailed", "ScriptCrashed", "ScriptEnded",
    "ScriptFailed", "ScriptOutOfMemory", "ScriptStopped", "ScriptTimeout", "SeveralInstruments",
    "StaleCacheWarning", "TooManyRejects", "TooMuchDisorder", "UnknownComponent", "UnknownFormat",
    "UnknownName", "UploadGap", "UploadNeedsSpace", "UploadTooLong", "WireFromOutput", "WiresInCircle",
    "WrongLayout", "WrongShape", "WrongWires",
]  # fmt: skip
