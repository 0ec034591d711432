"""Overlapping k-mers, DNABERT's tokens: ids straight from the letters, without words in between."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lncprom.errors import InputError
from lncprom.models import letters

FILE = "vocab.txt"
_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


class Vocabulary(NamedTuple):
    """k, the id of each k-mer by its number (see letters.codes), and the ids of the special tokens."""

    k: int
    size: int
    ids: np.ndarray
    pad: int
    unknown: int
    cls: int
    sep: int


def read(path: Path) -> Vocabulary:
    """The vocabulary of a vocab.txt: five special tokens and all k-mers of one k, one a line."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    place = {word: at for at, word in enumerate(lines)}
    for word in _SPECIAL:
        if word not in place:
            raise InputError(f"{path}: no {word} in it, a vocabulary of DNABERT has one; is it another model's?")
    words = [word for word in lines if word not in _SPECIAL]
    k = len(words[0]) if words else 0
    missing = sorted(set(letters.kmers(k)) - place.keys()) if 0 < k <= 8 else words[:1]
    if missing or len(words) != 4**k or not k:
        raise InputError(
            f"{path}: {len(words):,} words beside the special ones, not all k-mers of one k of A, C, G, T; "
            "is it another model's?"
        )
    ids = np.array([place[word] for word in letters.kmers(k)], np.int32)
    return Vocabulary(k, len(lines), ids, *(place[word] for word in _SPECIAL[:4]))


def encode(sequences: Sequence[str], vocabulary: Vocabulary) -> tuple[np.ndarray, np.ndarray]:
    """Ids int32 (n, T) of [CLS], the k-mers, [SEP], then padding, and the number of tokens of each sequence.

    A k-mer with an N is [UNK].
    """
    lengths = np.array([max(len(sequence) - vocabulary.k + 1, 0) for sequence in sequences], np.int32)
    ids = np.full((len(sequences), int(lengths.max(initial=0)) + 2), vocabulary.pad, np.int32)
    for first, digits in letters.blocks(sequences):
        number, whole = letters.codes(digits, vocabulary.k)
        rows = slice(first, first + len(digits))
        found = vocabulary.ids[number]
        if not whole.all():
            found[~whole] = vocabulary.unknown
            found[np.arange(found.shape[1]) >= lengths[rows, None]] = vocabulary.pad
        ids[rows, 1 : 1 + found.shape[1]] = found
    ids[:, 0] = vocabulary.cls
    ids[np.arange(len(ids)), lengths + 1] = vocabulary.sep
    return ids, lengths + 2


def spans(sequences: Sequence[str], k: int, width: int) -> np.ndarray:
    """Bases of each token of `encode`, int32 (n, width, 2); -1 where a token covers none."""
    found = np.full((len(sequences), width, 2), -1, np.int32)
    for row, sequence in enumerate(sequences):
        tokens = len(sequence) - k + 1
        found[row, 1 : 1 + tokens, 0] = np.arange(tokens)
        found[row, 1 : 1 + tokens, 1] = np.arange(k, k + tokens)
    return found
