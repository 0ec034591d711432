"""6-mers side by side, Nucleotide Transformer's tokens: from the left, anew after each N, base by base in a rest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lncprom.errors import InputError
from lncprom.models import letters

FILE = "vocab.txt"
K = 6
_SPECIAL = ("<unk>", "<pad>", "<mask>", "<cls>")
_SINGLE = letters.ORDER + "N"


class Vocabulary(NamedTuple):
    """The id of each 6-mer by its number, of each single base (A, T, C, G, N), and of the special tokens."""

    size: int
    sixmers: np.ndarray
    singles: np.ndarray
    unknown: int
    pad: int
    mask: int
    cls: int


def read(path: Path, embeddings: int) -> Vocabulary:
    """The vocabulary of a vocab.txt, of which the model knows the first `embeddings` lines."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    place = {word.strip(): at for at, word in enumerate(lines)}
    words = letters.kmers(K)
    for word in (*_SPECIAL, *_SINGLE, words[0], words[-1]):
        if word not in place:
            raise InputError(f"{path}: no {word} in it, a vocabulary of 6-mers has one; is it another model's?")
    missing = [word for word in words if word not in place]
    if missing:
        raise InputError(f"{path}: {len(missing):,} of the {len(words):,} 6-mers are missing, {missing[0]} for one")
    known = [*_SPECIAL, *_SINGLE, *words]
    outside = [word for word in known if place[word] >= embeddings]
    if outside:
        raise InputError(
            f"{path}: {outside[0]} is line {place[outside[0]] + 1:,}, the model's config.json says {embeddings:,} "
            "tokens (vocab_size); they are of two models"
        )
    return Vocabulary(
        len(lines),
        np.array([place[word] for word in words], np.int32),
        np.array([place[word] for word in _SINGLE], np.int32),
        *(place[word] for word in _SPECIAL),
    )


def encode(sequences: Sequence[str], vocabulary: Vocabulary) -> tuple[np.ndarray, np.ndarray]:
    """Ids int32 (n, T) of <cls> and the tokens, then padding, and the number of tokens of each sequence."""
    lengths = np.empty(len(sequences), np.int32)
    parts = []
    for first, digits in letters.blocks(sequences):
        row, at, six = _layout(digits)
        number, _ = letters.codes(digits, K)
        found = vocabulary.singles[np.minimum(digits[row, at], letters.N)]
        found[six] = vocabulary.sixmers[number[row[six], at[six]]]
        counts = np.bincount(row, minlength=len(digits))
        lengths[first : first + len(digits)] = counts + 1
        parts.append((first + row, 1 + _within(row, counts), found))
    ids = np.full((len(sequences), int(lengths.max(initial=1))), vocabulary.pad, np.int32)
    ids[:, 0] = vocabulary.cls
    for row, place, found in parts:
        ids[row, place] = found
    return ids, lengths


def spans(sequences: Sequence[str], width: int) -> np.ndarray:
    """Bases of each token of `encode`, int32 (n, width, 2); -1 where a token covers none."""
    result = np.full((len(sequences), width, 2), -1, np.int32)
    for first, digits in letters.blocks(sequences):
        row, at, six = _layout(digits)
        place = 1 + _within(row, np.bincount(row, minlength=len(digits)))
        result[first + row, place, 0] = at
        result[first + row, place, 1] = at + np.where(six, K, 1)
    return result


def count(text: str) -> int:
    """Number of tokens of a sequence, without <cls>.

    >>> count("ACGTNACGTACGTAC")  # A C G T N ACGTAC G T A C
    10
    """
    runs = text.split("N")
    return len(runs) - 1 + sum(len(run) // K + len(run) % K for run in runs)


def room(sequences: Sequence[str], tokens: int, from_end: bool) -> np.ndarray:
    """The most bases at the start, or end, of each sequence that make at most `tokens` tokens."""
    found = np.empty(len(sequences), np.int64)
    for at, text in enumerate(sequences):
        bases = min(len(text), K * tokens)
        while bases and count(text[-bases:] if from_end else text[:bases]) > tokens:
            bases -= 1
        found[at] = bases
    return found


def _layout(digits: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where tokens begin: row and column of each, in order, and whether it is a 6-mer."""
    columns = np.arange(digits.shape[1], dtype=np.int32)
    ends = digits >= letters.N
    before = np.maximum.accumulate(np.where(ends, columns, np.int32(-1)), axis=1)
    after = np.minimum.accumulate(np.where(ends, columns, np.int32(digits.shape[1]))[:, ::-1], axis=1)[:, ::-1]
    offset, run = columns - before - 1, after - before - 1
    in_six = ~ends & (offset < run // K * K)
    starts = np.where(in_six, offset % K == 0, digits != letters.END)
    row, at = np.nonzero(starts)
    return row, at, in_six[row, at]


def _within(row: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """The place of each token among those of its row; `row` ascends."""
    return np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
