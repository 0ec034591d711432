"""A models sheet whose checkpoints no longer move: each branch of a hub as the commit that it is now."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from lncprom.errors import InputError
from lncprom.hub import download
from lncprom.hub.cache import Request

_NEEDED = ("name", "family", "checkpoint", "revision")


class Row(NamedTuple):
    """A row of the sheet: the place of its line, its cells as they stand, and those that count, by column."""

    line: int
    cells: list[str]
    named: dict[str, str]


def pinned(sheet: Path, folder: Path, endpoint: str | None, tell: Callable[[str], None]) -> str:
    """The sheet as text; besides revisions nothing in it is changed, comments and order neither.

    Parameters
    ----------
    sheet
        CSV as `--models` takes it: no quotes, checkpoints that are folders relative to itself.
    folder
        Where the text is going to lie.
    endpoint
        Address of the hub; None: huggingface_hub's own.

    Raises
    ------
    InputError
        where the sheet cannot be read, a relative checkpoint would lead elsewhere from `folder`, nothing in the sheet
        is on a hub, or the hub does not know a checkpoint.
    """
    lines = sheet.read_text(encoding="utf-8-sig").splitlines()
    header, rows = _rows(lines, sheet.name)
    moved = folder.resolve() != sheet.resolve().parent
    on_hub = 0
    for row in rows:
        checkpoint, revision = row.named["checkpoint"], row.named["revision"]
        if checkpoint and (sheet.parent / checkpoint).is_dir():
            if moved and not Path(checkpoint).is_absolute():
                raise InputError(
                    f"{sheet.name}, line {row.line}: the folder {checkpoint} is relative to the sheet; "
                    f"write the new one beside it, into {sheet.parent}"
                )
            continue
        if not revision:
            continue
        on_hub += 1
        request = Request(checkpoint, revision, row.named["family"], None, endpoint)
        if request.pinned:
            tell(f"{row.named['name']}: {request.named}, as before")
            continue
        try:
            commit = download.commit_of(request, tell)
        except InputError as fault:
            raise type(fault)(f"{sheet.name}, line {row.line}: {fault}") from None
        tell(f"{row.named['name']}: {request.named} is commit {commit}")
        row.cells[header.index("revision")] = commit
        lines[row.line - 1] = ",".join(row.cells)
    if not on_hub:
        raise InputError(f"{sheet.name}: no row has a revision, so nothing in it is on a hub; there is nothing to pin")
    return "\n".join(lines) + "\n"


def _rows(lines: list[str], name: str) -> tuple[list[str], list[Row]]:
    header = [cell.strip() for cell in (lines or [""])[0].split(",")]
    for column in _NEEDED:
        if column not in header:
            raise InputError(f"{name}: no column {column}; give a models sheet, such as assets/models.csv")
    return header, list(_read(lines, header, name))


def _read(lines: list[str], header: list[str], name: str) -> Iterator[Row]:
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip() or line.startswith("#"):
            continue
        cells = line.split(",")
        if len(cells) != len(header):
            raise InputError(f"{name}, line {number}: {len(cells)} cells, the header has {len(header)}; mend the row")
        yield Row(number, cells, {column: cell.strip() for column, cell in zip(header, cells, strict=True)})
