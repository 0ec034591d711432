"""Which tissues of an expression table are used."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from lncprom import text
from lncprom.errors import InputError

# the five tissues of GTEx V8's 54 that the study excludes; V7 has no Kidney - Medulla
STUDY_EXCLUDES = ("Bladder", "Cervix - *", "Fallopian Tube", "Kidney - Medulla")


class Choice(NamedTuple):
    """Columns to use, excluded names, and the study's exclusions that the table lacks."""

    used: list[int]
    excluded: list[str]
    absent: list[str]


def choose(source: str, tissues: Sequence[str], exclude: str) -> Choice:
    """The tissues that are not excluded.

    `exclude` is `study`, `none`, or names and globs separated by commas. Case, spaces, dashes and underscores do not
    matter: `Cervix - *` excludes `Cervix_Ectocervix`. `source` names the table in messages.
    """
    patterns = {"study": STUDY_EXCLUDES, "none": ()}.get(exclude)
    lenient = patterns is not None
    if patterns is None:
        patterns = tuple(part.strip() for part in exclude.split(","))
    if not all(_plain(pattern) for pattern in patterns):
        raise InputError(f"--exclude-tissues {exclude!r}: an empty entry. Give names and commas, `study` or `none`.")
    plain = [_plain(tissue) for tissue in tissues]
    out: set[int] = set()
    absent = []
    for pattern in patterns:
        glob = re.compile(re.escape(_plain(pattern)).replace(r"\*", ".*").replace(r"\?", "."))
        hits = {number for number, tissue in enumerate(plain) if glob.fullmatch(tissue)}
        if not hits and not lenient:
            raise InputError(f"{source}: no tissue {pattern!r} to exclude. {text.nearest(pattern, tissues)}")
        absent += [] if hits else [pattern]
        out |= hits
    if len(out) == len(tissues):
        raise InputError(f"{source}: every tissue is excluded. Keep at least one.")
    used = [number for number in range(len(tissues)) if number not in out]
    return Choice(used, [tissues[number] for number in sorted(out)], absent)


def _plain(name: str) -> str:
    """A name in lower case, with one space for each run of other characters than letters, digits and wildcards."""
    return re.sub(r"(?:[^\w*?]|_)+", " ", name.lower()).strip()
