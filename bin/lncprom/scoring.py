"""Probabilities for a FASTA: records as they stream by, in blocks, each block's sequences of like length together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, NamedTuple

from lncprom import encoding, fasta, prediction
from lncprom.errors import InputError
from lncprom.models.base import Family
from lncprom.precision import Machine

_BLOCK = 20_000_000  # bases held at once
_HEADER = "id\tprobability\n"


class Scored(NamedTuple):
    """How many sequences there were, how many were cut, and the share of all bases that the model saw."""

    sequences: int
    cut: int
    bases_share: float


def score(
    path: Path,
    out: IO[str],
    family: Family,
    machine: Machine,
    truncation: str = "tss",
    tss_index: int | None = None,
    batch: int = 128,
    tell: Callable[[str], None] = lambda line: None,
) -> Scored:
    """Write id and probability of the positive class of each record, in the file's order."""
    if batch < 1:
        raise InputError(f"--batch {batch}: 1 at least")
    if tss_index is not None and tss_index < 0:
        raise InputError(f"--tss-index {tss_index}: 0 or more; it counts from the first base")
    out.write(_HEADER)
    sequences = cut = bases = seen = 0
    for names, texts in blocks(path):
        records = [f"{path.name}, {name}" for name in names]
        data, found = encoding.encode_texts(family, texts, records, truncation, tss_index, machine.device)
        probability = prediction.probability(prediction.logits(family, data, machine, batch, tell))
        out.writelines(f"{name}\t{value!r}\n" for name, value in zip(names, probability.tolist(), strict=True))
        sequences, cut = sequences + len(names), cut + int((found.seen < found.bases).sum())
        bases, seen = bases + int(found.bases.sum()), seen + int(found.seen.sum())
        tell(f"{sequences:,} sequences")
    return Scored(sequences, cut, seen / bases)


def blocks(path: Path, size: int = _BLOCK) -> Iterator[tuple[list[str], list[str]]]:
    """Names and upper-case sequences of a FASTA, some at a time; other letters are left for the tokenizer to refuse."""
    names: list[str] = []
    texts: list[str] = []
    parts: list[bytes] = []
    held = 0

    def end() -> None:
        if names:
            texts.append(b"".join(b"".join(parts).split()).upper().decode("latin-1"))
            parts.clear()

    for piece in fasta.pieces(fasta.blocks(path), path.name):
        if piece.name is None:
            parts.append(piece.bases)
            held += len(piece.bases)
            continue
        end()
        if held > size:
            yield names, texts
            names, texts, held = [], [], 0
        names.append(piece.name)
    end()
    yield names, texts
