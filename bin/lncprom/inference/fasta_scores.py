"""Probabilities for a FASTA: records as they stream by, in blocks, by whatever model gives them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import numpy as np

from lncprom.genome import fasta
from lncprom.models import letters

_BLOCK = 20_000_000  # bases held at once
_HEADER = "id\tprobability\n"


# Names for faults and sequences -> probability of the positive class of each, and how many bases the model saw
Predict = Callable[[list[str], list[str]], tuple[np.ndarray, np.ndarray]]


def score(path: Path, out: IO[str], predict: Predict, log: Callable[[str], None] = lambda line: None) -> str:
    """Write id and probability of the positive class of each record, in the file's order; say how much was seen."""
    out.write(_HEADER)
    sequences = cut = bases = seen = 0
    for names, texts in blocks(path):
        probability, seen_of = predict([f"{path.name}, {name}" for name in names], texts)
        out.writelines(f"{name}\t{value!r}\n" for name, value in zip(names, probability.tolist(), strict=True))
        lengths = np.array([len(text) for text in texts])
        sequences, cut = sequences + len(names), cut + int((seen_of < lengths).sum())
        bases, seen = bases + int(lengths.sum()), seen + int(seen_of.sum())
        log(f"{sequences:,} sequences")
    return f"{sequences:,} sequences, {cut:,} cut; {seen / bases:.1%} of all bases were seen"


def by_regression(predict_probability: Callable[[list[str]], np.ndarray]) -> Predict:
    """Predict by a logistic regression: it counts k-mers, sees every base and needs no TSS."""

    def predict(records: list[str], texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
        letters.check(texts, records)
        return predict_probability(texts), np.array([len(text) for text in texts])

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
