"""Raw files on their way to ticks: sent to the team, cached in the background, made part of a project.

1. ``upload`` takes a file in pieces into ``raw/`` (``writing``); what was cut off (``parts``) goes on another
day. 2. ``files`` lists what a project can be made of, whoever put it there, with the adapter that reads it;
``planning`` says what shall become of it. 3. ``caching`` caches files in a job that outlives whoever started
it and writes down how far it is.
"""

from litlab.uploads.caching import Caching, FileProgress, Task, list_cachings, start_caching
from litlab.uploads.files import RawFile, list_files
from litlab.uploads.parts import Part, check_file_name, discard, list_parts
from litlab.uploads.planning import add_files, plan_caching, take_out, use_adapter
from litlab.uploads.upload import Upload

__all__ = [
    "Caching", "FileProgress", "Part", "RawFile", "Task", "Upload", "add_files", "check_file_name", "discard",
    "list_cachings", "list_files", "list_parts", "plan_caching", "start_caching", "take_out", "use_adapter",
]  # fmt: skip
