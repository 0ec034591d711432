"""Motif files: MEME's text formats (version 4 and later) and JASPAR's, read with the line of any fault; MEME written.

MEME: https://meme-suite.org/meme/doc/meme-format.html; JASPAR: https://jaspar.elixir.no/docs/ (a header line that
starts with `>`, then one line of counts for each of A, C, G, T, with or without letter and brackets).

Not by Bio.motifs: it names no line, refuses MEME files without background frequencies (which are optional), ignores a
JASPAR motif with three lines of counts, accepts empty columns and repeated ids, and cuts names at the first blank.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lncprom import files
from lncprom.errors import InputError

LETTERS = "ACGT"
SITES = 20  # of a MEME motif that does not say; MEME's own rule
_ROUNDING = 0.02  # how far the shares of a column may add up to something else than 1
_FIELD = re.compile(r"(\w+)=\s*(\S+)")
_FIGURES = re.compile(r"\s+width\s*=.*")  # after id and name in MEME Suite's own output
_ROW_OF_MEME = re.compile(r"[-+.]?\d|\S+\s+\S+\s+\S+\s+\S+$")  # starts with a number, or four words
_ROW = re.compile(r"([A-Za-z]?)\s*\[?([^\[\]]*)\]?\s*")


class Raw(NamedTuple):
    """A motif as a file has it: `counts` is (4, width), in the order of A, C, G, T."""

    id: str
    name: str
    counts: np.ndarray


def read(path: Path) -> list[Raw]:
    """All motifs of a file, in its order; an `InputError` names the line of a fault."""
    lines = [(number, raw.strip()) for number, raw in files.read_lines(path) if raw.strip()[:1] not in ("", "#")]
    jaspar = bool(lines) and lines[0][1].startswith(">")
    if lines and not jaspar and not any(text.lower().startswith("meme version") for _, text in lines):
        words = "neither `MEME version 4` nor a JASPAR header `>ID name`"
        fix = "convert it to one of these formats (of MEME Suite's output, give the .txt)"
        raise InputError(f"{path.name}, line {lines[0][0]}: {words}; {fix}")
    found = list((_jaspar if jaspar else _meme)(path.name, lines))
    if not found:
        raise InputError(f"{path.name}: holds no motif; give motifs in MEME's or JASPAR's format")
    there: dict[str, int] = {}
    for number, motif in found:
        if (before := there.setdefault(motif.id, number)) != number:
            where = f"{path.name}, line {number}: motif {motif.id}"
            raise InputError(f"{where} stands on line {before} too; drop one")
    return [motif for _, motif in found]


def meme(motifs: Iterable[tuple[str, str, np.ndarray, int]]) -> str:
    """Motifs given as (id, name, shares (4, width), sites) in MEME's minimal format."""
    even = " ".join(f"{letter} 0.25000" for letter in LETTERS)
    lines = ["MEME version 4", "", "ALPHABET= ACGT", "", "strands: + -", "", "Background letter frequencies", even]
    for identity, name, columns, sites in motifs:
        lines += ["", f"MOTIF {identity} {name.replace(' ', '_')}"]
        lines += [f"letter-probability matrix: alength= 4 w= {columns.shape[1]} nsites= {sites} E= 0"]
        lines += [" ".join(f"{share:.6f}" for share in column) for column in columns.T]
    return "\n".join(lines) + "\n"


def _jaspar(name: str, lines: list[tuple[int, str]]) -> Iterator[tuple[int, Raw]]:
    starts = [at for at, (_, text) in enumerate(lines) if text.startswith(">")]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        number, header = lines[start]
        identity, _, title = header[1:].strip().partition("\t" if "\t" in header else " ")
        if not identity:
            raise InputError(f"{name}, line {number}: a header without an id; write `>ID name`")
        body = lines[start + 1 : end]
        if len(body) != 4:
            words = f"{len(body)} lines of counts, there are 4, for A, C, G, T"
            raise InputError(f"{name}, line {number}: motif {identity} has {words}")
        rows: dict[str, list[float]] = {}
        for place, (at, text) in enumerate(body):
            row = _ROW.fullmatch(text)
            letter = (row.group(1).upper() if row else "") or LETTERS[place]
            if row is None or letter not in LETTERS or letter in rows:
                raise InputError(f"{name}, line {at}: {text[:30]!r} is no line of counts of {LETTERS[place]}")
            rows[letter] = [_number(name, at, word) for word in row.group(2).split()]
            if len(rows[letter]) != (width := len(next(iter(rows.values())))):
                words = f"{len(rows[letter])} columns, the motif's first line has {width}"
                raise InputError(f"{name}, line {at}: {words}; make them equal")
        counts = np.array([rows[letter] for letter in LETTERS])
        if not counts.size:
            raise InputError(f"{name}, line {number}: motif {identity} has no columns; drop it")
        if (empty := np.flatnonzero(counts.sum(axis=0) == 0)).size:
            raise InputError(f"{name}, line {number}: column {empty[0] + 1} of motif {identity} has no counts; drop it")
        yield number, Raw(identity, " ".join(title.split()) or identity, counts)


def _meme(name: str, lines: list[tuple[int, str]]) -> Iterator[tuple[int, Raw]]:
    header = None
    for at, (number, text) in enumerate(lines):
        word = text.split()[0]
        if word.upper().startswith("ALPHABET") and _alphabet(text, lines[at + 1 :]) != LETTERS:
            raise InputError(f"{name}, line {number}: not the alphabet ACGT; give motifs of DNA")
        if word.upper() == "MOTIF" and word != "Motif":  # a heading of meme.txt, such as `Motif 1 regular expression`
            if header is not None:
                raise InputError(f"{name}, line {header[0]}: motif {header[1]} has no letter-probability matrix")
            parts = _FIGURES.sub("", text).split(maxsplit=2)
            if len(parts) < 2:
                raise InputError(f"{name}, line {number}: MOTIF without an id; write `MOTIF ID name`")
            header = (number, parts[1], " ".join(parts[-1].split()))
        elif text.lower().startswith("letter-probability matrix"):
            if header is None:
                raise InputError(f"{name}, line {number}: a matrix before any MOTIF line; write `MOTIF ID name` first")
            yield header[0], Raw(header[1], header[2], _matrix(name, number, text, header[1], lines[at + 1 :]))
            header = None
    if header is not None:
        raise InputError(f"{name}, line {header[0]}: motif {header[1]} has no letter-probability matrix")


def _alphabet(text: str, following: Sequence[tuple[int, str]]) -> str:
    """Letters of an ALPHABET line: after `=`, else those defined down to END ALPHABET, else by the name DNA.

    `A "Adenine" CC0000 ~ T "Thymine" 008000` defines two letters, `N = ACGT` a code for several.
    """
    if "=" in text:
        return text.partition("=")[2].strip().upper()
    lines = [line for _, line in following]
    ends = [at for at, line in enumerate(lines) if line.upper().split()[:2] == ["END", "ALPHABET"]]
    if not ends:
        return LETTERS if re.fullmatch(r'ALPHABET\s+"?DNA"?(\s+DNA-LIKE)?', text, re.IGNORECASE) else ""
    defined = [side for line in lines[: ends[0]] if " = " not in line for side in line.split("~")]
    return "".join(sorted(side.strip()[:1] for side in defined))


def _matrix(name: str, number: int, text: str, identity: str, following: Sequence[tuple[int, str]]) -> np.ndarray:
    """The rows after a matrix's line as counts (4, width): shares times the number of sites."""
    fields = dict(_FIELD.findall(text))
    sites = _number(name, number, fields.get("nsites", str(SITES)))
    if _number(name, number, fields.get("alength", "4")) != 4:
        raise InputError(f"{name}, line {number}: alength {fields['alength']}, DNA has 4 letters; give motifs of DNA")
    rows = []
    for at, row in _rows(name, number, fields.get("w"), identity, following):
        shares = [_number(name, at, word) for word in row.split()]
        if len(shares) != 4:
            raise InputError(f"{name}, line {at}: {len(shares)} numbers, a row has 4, for A, C, G, T")
        if abs(sum(shares) - 1) > _ROUNDING:
            raise InputError(f"{name}, line {at}: the shares add up to {sum(shares):.3g}, not to 1. Correct the row.")
        rows.append(shares)
    columns = np.array(rows).T
    return columns / columns.sum(axis=0) * (sites if sites > 0 else SITES)


def _rows(
    name: str, number: int, given: str | None, identity: str, following: Sequence[tuple[int, str]]
) -> list[tuple[int, str]]:
    """The `given` number of lines, which are all of the matrix; where none is given, those that look like rows."""
    found = list(itertools.takewhile(lambda line: line[1].split()[0].upper() != "MOTIF", following))
    if given is None:
        found = list(itertools.takewhile(lambda line: _ROW_OF_MEME.match(line[1]), found))
        if not found:
            raise InputError(f"{name}, line {number}: motif {identity} has no rows; give four numbers a line")
        return found
    width = _number(name, number, given)
    if width < 1 or width != int(width):
        raise InputError(f"{name}, line {number}: no width of motif {identity}; write `w= 8` for eight rows")
    if len(found) < width:
        raise InputError(f"{name}, line {number}: w= {int(width)}, but motif {identity} has {len(found)} rows")
    return found[: int(width)]


def _number(name: str, line: int, word: str) -> float:
    try:
        value = float(word)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value >= 0):
        raise InputError(f"{name}, line {line}: {word!r} is not a number of at least 0. Correct it.")
    return value
