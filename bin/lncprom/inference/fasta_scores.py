"""Probabilities for a FASTA: records as they stream by, in blocks, by whatever model gives them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

import numpy as np

from lncprom.datasets import kmers
from lncprom.datasets.targets import Scale
from lncprom.errors import InputError
from lncprom.genome import fasta
from lncprom.models import letters

_BLOCK = 20_000_000  # bases held at once
_HEADER = "id\tprobability"


# Names for faults and sequences -> a number of each (mostly the probability of the positive class; of all tissues of a
# regression (sequences, outputs)), and how many bases the model saw
Predict = Callable[[list[str], list[str]], tuple[np.ndarray, np.ndarray]]


def score(
    path: Path,
    out: IO[str],
    predict: Predict,
    log: Callable[[str], None] = lambda line: None,
    trained: Sequence[int] | None = None,
    scale: Scale | None = None,
) -> str:
    """Write id and probability of the positive class of each record, in the file's order; say how much was seen.

    `trained`: bases of the shortest and of the longest training window; None: not known. `scale`: that of a
    regression's targets, which makes a third column, the predicted target, and one more for each tissue.
    """
    out.write("\t".join([_HEADER, *(("prediction", *scale.tissues) if scale else ())]) + "\n")
    shortest, longest = trained or (0, math.inf)
    count: Counter[str] = Counter()
    for names, texts in blocks(path):
        texts, codes, coded = fasta.as_bases(texts)
        found, seen_of = predict([f"{path.name}, {name}" for name in names], texts)
        found = np.atleast_2d(found.T)
        columns = [found[0], *(scale.of_probability(found) if scale else ())]
        cells = zip(names, *(map(repr, column.tolist()) for column in columns), strict=True)
        out.writelines("\t".join(row) + "\n" for row in cells)
        lengths = np.array([len(text) for text in texts])
        count.update(sequences=len(names), cut=int((seen_of < lengths).sum()), codes=codes, coded=coded)
        count.update(bases=int(lengths.sum()), seen=int(seen_of.sum()))
        count.update(shorter=int((lengths < shortest).sum()), longer=int((lengths > longest).sum()))
        log(f"{count['sequences']:,} sequences")
    if count["codes"]:
        log(f"note: {fasta.codes_note(count['codes'], count['coded'])}")
    if count["shorter"] or count["longer"]:
        log(f"note: {_other_lengths(count, shortest, longest)}")
    share = count["seen"] / count["bases"]
    return f"{count['sequences']:,} sequences, {count['cut']:,} cut; {share:.1%} of all bases were seen"


def _other_lengths(count: Mapping[str, int], shortest: int, longest: int) -> str:
    found = " and ".join(f"{count[kind]:,} {kind}" for kind in ("shorter", "longer") if count[kind])
    windows = f"{shortest:,}" if shortest == longest else f"{shortest:,} to {longest:,}"
    return (
        f"of {count['sequences']:,} sequences, {found} than the model's training windows ({windows} bases); "
        "their probabilities are less reliable"
    )


def by_regression(model, logits: bool = False) -> Predict:
    """Predict by a `baseline.classifier.LogisticRegression`, which needs no TSS: probabilities, or logits."""
    of = model.logit if logits else model.predict_probability

    def predict(records: list[str], texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
        letters.check(texts, records)
        seen = [model.feature_set.seen(len(text)) for text in texts]
        return of(texts), np.array([last - first for first, last in seen])

    return predict


def then(found: Predict, change: Callable[[np.ndarray], np.ndarray]) -> Predict:
    """The same sequences, with another number made of the one that was found."""

    def both(records: list[str], texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
        first, seen = found(records, texts)
        return change(first), seen

    return both


def blocks(path: Path, size: int = _BLOCK) -> Iterator[tuple[list[str], list[str]]]:
    """Names and upper-case sequences of a FASTA, some at a time; other letters are left for the tokenizer to refuse."""
    parts: dict[str, list[bytes]] = {}
    held = 0

    def block() -> tuple[list[str], list[str]]:
        return list(parts), [_bases(b"".join(part), f"{path.name}, {name}") for name, part in parts.items()]

    for piece in fasta.pieces(fasta.blocks(path), path.name):
        if piece.name is not None:
            if held > size:
                yield block()
                parts, held = {}, 0
            parts[piece.name] = record = []
        record.append(piece.bases)  # none beside a name
        held += len(piece.bases)
    yield block()


def _bases(raw: bytes, where: str) -> str:
    """The bases of a record in upper case, without white space; k-mers are refused."""
    words = raw.translate(None, b"\r\n").upper().decode("latin-1").split()
    if len(words) > 2 and len(words[0]) > 1 and kmers.sequence_of(words):
        raise InputError(f"{where}: overlapping {len(words[0])}-mers. Give the sequence that they were cut from.")
    return "".join(words)
