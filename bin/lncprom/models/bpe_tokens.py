"""Byte pair encoding, DNABERT-2's tokens, by the `tokenizers` library from the checkpoint's tokenizer.json."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from tokenizers import Tokenizer

from lncprom.errors import InputError

FILE = "tokenizer.json"
_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_AT_ONCE = 4096  # sequences whose encodings, with all their strings, are in memory


class Vocabulary(NamedTuple):
    """The tokenizer and the ids of its special tokens, which config.json has wrong in the published checkpoint."""

    tokenizer: Tokenizer
    size: int
    pad: int
    unknown: int
    cls: int
    sep: int
    mask: int


def read(path: Path) -> Vocabulary:
    try:
        tokenizer = Tokenizer.from_str(path.read_text(encoding="utf-8"))
    except Exception as fault:  # the library raises bare Exception for whatever it cannot read
        raise InputError(f"{path}: not a tokenizer ({str(fault).splitlines()[0]}); download it again") from None
    special = {word: tokenizer.token_to_id(word) for word in _SPECIAL}
    for word, number in special.items():
        if number is None:
            raise InputError(f"{path}: no {word} in it, the tokenizer of DNABERT-2 has one; is it another model's?")
    for letter in "ACGT":
        if tokenizer.token_to_id(letter) is None:
            raise InputError(f"{path}: no token for the base {letter}; is it the tokenizer of a DNA model?")
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return Vocabulary(tokenizer, tokenizer.get_vocab_size(), *special.values())


def encode(sequences: Sequence[str], vocabulary: Vocabulary) -> tuple[np.ndarray, np.ndarray]:
    """Ids int32 (n, T) of [CLS], the tokens, [SEP], then padding, and the number of tokens of each sequence."""
    found = [np.fromiter(part.ids, np.int32) for part in _encodings(sequences, vocabulary)]
    lengths = np.array([len(ids) + 2 for ids in found], np.int32)
    ids = np.full((len(sequences), int(lengths.max(initial=2))), vocabulary.pad, np.int32)
    ids[:, 0] = vocabulary.cls
    if found:
        place = np.arange(ids.shape[1])
        inner = (place >= 1) & (place < lengths[:, None] - 1)
        ids[inner] = np.concatenate(found)
    ids[np.arange(len(ids)), lengths - 1] = vocabulary.sep
    return ids, lengths


def spans(sequences: Sequence[str], vocabulary: Vocabulary, width: int) -> np.ndarray:
    """Bases of each token of `encode`, int32 (n, width, 2); -1 where a token covers none."""
    found = np.full((len(sequences), width, 2), -1, np.int32)
    for row, part in enumerate(_encodings(sequences, vocabulary)):
        found[row, 1 : 1 + len(part.offsets)] = np.reshape(part.offsets, (-1, 2))
    return found


def room(sequences: Sequence[str], vocabulary: Vocabulary, tokens: int, from_end: bool) -> np.ndarray:
    """How many bases the first, or last, `tokens` tokens of each sequence cover.

    Those bases alone give the same tokens: no merge crosses the border of a token, so each side merges by itself.
    """
    found = np.empty(len(sequences), np.int64)
    for at, (text, part) in enumerate(zip(sequences, _encodings(sequences, vocabulary), strict=True)):
        offsets = part.offsets
        if len(offsets) <= tokens:
            found[at] = len(text)
        elif from_end:
            found[at] = len(text) - offsets[-tokens][0]
        else:
            found[at] = offsets[tokens - 1][1]
    return found


def _encodings(sequences: Sequence[str], vocabulary: Vocabulary):
    for first in range(0, len(sequences), _AT_ONCE):
        part = list(sequences[first : first + _AT_ONCE])
        yield from vocabulary.tokenizer.encode_batch(part, add_special_tokens=False)
