"""Probabilities for a FASTA: records as they stream by, in blocks, by whatever model gives them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np

from lncprom.genome import fasta
from lncprom.models import letters

_BLOCK = 20_000_000  # bases held at once
_HEADER = "id\tprobability\n"


class Block(NamedTuple):
    """Of some sequences: the probability of the positive class, how many bases the model saw, how many there are."""

    probability: np.ndarray
    seen: np.ndarray
    bases: np.ndarray


# Names for faults and sequences -> a block
Predict = Callable[[list[str], list[str]], Block]


class Scored(NamedTuple):
    """How many sequences there were, how many were cut, and the share of all bases that the model saw."""

    sequences: int
    cut: int
    bases_share: float


def score(path: Path, out: IO[str], predict: Predict, tell: Callable[[str], None] = lambda line: None) -> Scored:
    """Write id and probability of the positive class of each record, in the file's order."""
    out.write(_HEADER)
    sequences = cut = bases = seen = 0
    for names, texts in blocks(path):
        found = predict([f"{path.name}, {name}" for name in names], texts)
        out.writelines(f"{name}\t{value!r}\n" for name, value in zip(names, found.probability.tolist(), strict=True))
        sequences, cut = sequences + len(names), cut + int((found.seen < found.bases).sum())
        bases, seen = bases + int(found.bases.sum()), seen + int(found.seen.sum())
        tell(f"{sequences:,} sequences")
    return Scored(sequences, cut, seen / bases)


def by_regression(predict_probability: Callable[[list[str]], np.ndarray]) -> Predict:
    """Predict by a logistic regression: it counts k-mers, sees every base and needs no TSS."""

    def predict(records: list[str], texts: list[str]) -> Block:
        letters.check(texts, records)
        bases = np.array([len(text) for text in texts], np.int64)
        return Block(predict_probability(texts), bases, bases)

    return predict


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
