"""A models sheet with each branch of a hub replaced by its present commit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lncprom import files
from lncprom.errors import InputError
from lncprom.hub import download
from lncprom.hub.cache import Request

_NEEDED = ("name", "family", "checkpoint", "revision")


def pinned(sheet: Path, folder: Path, endpoint: str | None, log: Callable[[str], None]) -> str:
    """The sheet as text, with commits as revisions; all else, comments and order too, stays.

    Parameters
    ----------
    sheet
        CSV as `--models` takes it: no quotes; checkpoints that are folders are relative to it.
    folder
        Folder that the text is written to.
    endpoint
        Address of the hub; None: huggingface_hub's own.

    Raises
    ------
    InputError
        if the sheet cannot be read, a relative checkpoint would lead elsewhere from `folder`, no row is on a hub, or
        the hub does not know a checkpoint.
    """
    lines = [line for _, line in files.read_lines(sheet)]
    header = [cell.strip() for cell in (lines or [""])[0].split(",")]
    for column in _NEEDED:
        if column not in header:
            raise InputError(f"{sheet.name}: no column {column}. Give a models sheet, such as assets/models.csv.")
    on_hub = 0
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip() or line.startswith("#"):
            continue
        where, cells = f"{sheet.name}, line {number}", line.split(",")
        if len(cells) != len(header):
            raise InputError(f"{where}: {len(cells)} cells, the header has {len(header)}. Fix the row.")
        name, family, checkpoint, revision = (cells[header.index(column)].strip() for column in _NEEDED)
        if checkpoint and (sheet.parent / checkpoint).is_dir():
            if folder.resolve() != sheet.resolve().parent and not Path(checkpoint).is_absolute():
                raise InputError(
                    f"{where}: the folder {checkpoint} is relative to the sheet. "
                    f"Write the new sheet into {sheet.parent}."
                )
            continue
        if not revision:
            continue
        on_hub += 1
        request = Request(checkpoint, revision, family, None, endpoint)
        if request.pinned:
            log(f"{name}: {request.named}, as before")
            continue
        try:
            commit = download.commit_of(request, log)
        except InputError as fault:
            raise type(fault)(f"{where}: {fault}") from None
        log(f"{name}: {request.named} is commit {commit}")
        cells[header.index("revision")] = commit
        lines[number - 1] = ",".join(cells)
    if not on_hub:
        raise InputError(f"{sheet.name}: no row has a revision, so there is nothing to pin. Use the sheet as it is.")
    return "\n".join(lines) + "\n"
