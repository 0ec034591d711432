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
        found = _tokens(digits)
        ids = vocabulary.singles[found.digits[found.at]]
        number = np.zeros(np.count_nonzero(found.six), np.int16)
        at = found.at[found.six]
        for letter in range(K):
            number <<= 2
            number |= found.digits[at + letter]
        ids[found.six] = vocabulary.sixmers[number]
        lengths[first : first + len(digits)] = found.counts + 1
        parts.append((first + found.row, found.place, ids))
    result = np.full((len(sequences), int(lengths.max(initial=1))), vocabulary.pad, np.int32)
    result[:, 0] = vocabulary.cls
    for row, place, ids in parts:
        result[row, place] = ids
    return result, lengths


def spans(sequences: Sequence[str], width: int) -> np.ndarray:
    """Bases of each token of `encode`, int32 (n, width, 2); -1 where a token covers none."""
    result = np.full((len(sequences), width, 2), -1, np.int32)
    for first, digits in letters.blocks(sequences):
        found = _tokens(digits)
        base = found.at - found.row * (digits.shape[1] + 1)
        result[first + found.row, found.place, 0] = base
        result[first + found.row, found.place, 1] = base + np.where(found.six, K, 1)
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


class _Tokens(NamedTuple):
    """Tokens of all rows, in order: the row, the place among its ids, where the token begins, whether it is a 6-mer.

    `at` counts in `digits`, which are the rows one after another, one END behind each; `counts` are those of rows.
    """

    digits: np.ndarray
    row: np.ndarray
    place: np.ndarray
    at: np.ndarray
    six: np.ndarray
    counts: np.ndarray


def _tokens(digits: np.ndarray) -> _Tokens:
    rows, width = digits.shape
    flat = np.full((rows, width + 1), letters.END, np.uint8)
    flat[:, :-1] = digits
    flat = flat.ravel()
    # A run of bases ends before an N, which is a token by itself, or before an END, which is none.
    ends = np.flatnonzero(flat >= letters.N)
    starts = np.concatenate([[0], ends[:-1] + 1])
    sixes, rest = np.divmod(ends - starts, K)
    tokens = sixes + rest + (flat[ends] == letters.N)
    within = np.arange(tokens.sum()) - np.repeat(np.cumsum(tokens) - tokens, tokens)
    sixes = np.repeat(sixes, tokens)
    six = within < sixes
    at = np.repeat(starts, tokens) + np.where(six, K * within, (K - 1) * sixes + within)
    row = at // (width + 1)
    counts = np.bincount(row, minlength=rows)
    place = 1 + np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    return _Tokens(flat, row, place, at, six, counts)
