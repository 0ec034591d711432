"""DNA as token ids: single bases and overlapping k-mers by numpy, others by the `tokenizers` library."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from tokenizers import Regex, Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Split

from lncprom.errors import InputError
from lncprom.models import letters

WORDS, BYTE_PAIRS = "vocab.txt", "tokenizer.json"
_DIGITS = bytes.maketrans(f"{letters.ORDER}N".encode(), bytes(range(5)))
_AT_ONCE = 4096  # sequences whose encodings, with all their strings, are in memory
_BERT = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_ESM = ("<unk>", "<pad>", "<mask>", "<cls>")


class Vocabulary:
    """Ids of the tokens of known bases, of padding, and of what stands before and after a sequence."""

    mask: int = -1
    knows_n: bool = True  # of any model: false where its tokenizer file has no N, of which the card tells

    def __init__(self, bases: np.ndarray, pad: int, before: Sequence[int], after: Sequence[int]) -> None:
        self.bases, self.pad, self.before, self.after = np.asarray(bases, np.int32), pad, list(before), list(after)

    @property
    def special(self) -> int:
        return len(self.before) + len(self.after)

    def encode(self, sequences: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Ids int32 (n, T), padded at the end, and the number of tokens of each sequence, special ones too."""
        found = list(self._ids(sequences))
        lengths = np.array([self.special + len(part) for part in found], np.int32)
        ids = np.full((len(found), int(lengths.max(initial=1))), self.pad, np.int32)
        for row, length, part in zip(ids, lengths, found, strict=True):
            row[:length] = np.concatenate([self.before, part, self.after])
        return ids, lengths


class Kmers(Vocabulary):
    """Overlapping k-mers, the tokens of DNABERT and, with k = 1, of the CNN; `unknown` is the id of those with an N."""

    def __init__(
        self, k: int, bases: np.ndarray, pad: int, unknown: int, before: Sequence[int] = (), after: Sequence[int] = ()
    ) -> None:
        super().__init__(bases, pad, before, after)
        self.k, self._powers = k, 5 ** np.arange(k)[::-1]
        self._by_number = np.full(5**k, unknown, np.int32)
        self._by_number[(np.indices((5,) * k, np.uint8) < 4).all(axis=0).ravel()] = self.bases

    def _ids(self, sequences: Sequence[str]):
        for text in sequences:
            digits = np.frombuffer(text.encode().translate(_DIGITS), np.uint8)
            whole = len(digits) >= self.k
            yield self._by_number[sliding_window_view(digits, self.k) @ self._powers] if whole else []

    def spans(self, sequences: Sequence[str], width: int) -> np.ndarray:
        """Bases of each token of `encode`, int32 (n, width, 2); -1 where a token covers none."""
        first = np.arange(width, dtype=np.int32) - len(self.before)
        tokens = np.array([len(text) - self.k + 1 for text in sequences])[:, None]
        real = (first >= 0) & (first < tokens)
        return np.where(real[..., None], np.stack([first, first + self.k], axis=1), np.int32(-1))

    def room(self, sequences: Sequence[str], tokens: int, from_end: bool) -> np.ndarray:
        """How many bases at the start, or the end, of each sequence make at most `tokens` tokens."""
        return np.minimum([len(text) for text in sequences], tokens - self.special + self.k - 1).astype(np.int64)


class BytePairs(Vocabulary):
    """What a tokenizer of the library makes of DNA."""

    def __init__(
        self, tokenizer: Tokenizer, bases: np.ndarray, pad: int, before: Sequence[int], after: Sequence[int] = ()
    ) -> None:
        super().__init__(bases, pad, before, after)
        self._tokenizer = tokenizer

    def _ids(self, sequences: Sequence[str]):
        return (part.ids for part in self._encodings(sequences))

    def spans(self, sequences: Sequence[str], width: int) -> np.ndarray:
        """Bases of each token of `encode`, int32 (n, width, 2); -1 where a token covers none."""
        found = np.full((len(sequences), width, 2), -1, np.int32)
        for row, part in zip(found, self._encodings(sequences), strict=True):
            row[len(self.before) :][: len(part.offsets)] = np.reshape(part.offsets, (-1, 2))
        return found

    def room(self, sequences: Sequence[str], tokens: int, from_end: bool) -> np.ndarray:
        """How many bases the first, or last, `tokens` tokens of each sequence cover.

        Those bases alone give the same tokens: no merge crosses the border of a token, so each side merges by itself.
        """
        found, tokens = [], tokens - self.special
        for text, part in zip(sequences, self._encodings(sequences), strict=True):
            if len(part.offsets) <= tokens:
                found.append(len(text))
            else:
                found.append(len(text) - part.offsets[-tokens][0] if from_end else part.offsets[tokens - 1][1])
        return np.array(found, np.int64)

    def _encodings(self, sequences: Sequence[str]):
        for first in range(0, len(sequences), _AT_ONCE):
            part = list(sequences[first : first + _AT_ONCE])
            yield from self._tokenizer.encode_batch(part, add_special_tokens=False)


class KmerBlocks(BytePairs):
    """k-mers side by side from the left, again after each N, base by base where fewer than k are left."""

    def __init__(self, k: int, place: dict[str, int], pad: int, mask: int, cls: int) -> None:
        tokenizer = Tokenizer(WordLevel(place, unk_token="<unk>"))
        tokenizer.pre_tokenizer = Split(Regex(f"[ACGT]{{{k}}}|."), "isolated")
        super().__init__(tokenizer, [place[word] for word in letters.kmers(k)], pad, [cls])
        self.mask = mask

    def room(self, sequences: Sequence[str], tokens: int, from_end: bool) -> np.ndarray:
        """As that of BytePairs. The end of a sequence is divided from its own first base, so in reverse order."""
        return super().room([text[::-1] for text in sequences] if from_end else sequences, tokens, False)


def kmers(path: Path, tokens: int) -> Kmers:
    """The vocabulary of a DNABERT's vocab.txt: five special tokens and all k-mers of one k, one a line.

    `tokens` is the number of tokens (vocab_size) of the model's config.json, here and below.
    """
    place = ids_of(path)
    special = _places(path, place, _BERT, "a vocabulary of DNABERT")
    words = place.keys() - set(_BERT)
    k = max(map(len, words), default=0)
    if not 0 < k <= 8 or words != set(letters.kmers(k)):
        raise InputError(
            f"{path}: {len(words):,} words beside the special ones, not all k-mers of one k of A, C, G, T; "
            "is it another model's?"
        )
    if (lines := max(place.values()) + 1) != tokens:
        raise _other_size(path, f"{lines:,} tokens (k = {k})", tokens)
    pad, unknown, cls, sep, _ = special
    return Kmers(k, [place[word] for word in letters.kmers(k)], pad, unknown, [cls], [sep])


def kmer_blocks(path: Path, tokens: int) -> KmerBlocks:
    """The vocabulary of a Nucleotide Transformer's vocab.txt, of which the model knows the first `tokens` lines.

    All k-mers of one k, 6 or, in one published model, 3, in any order, single bases and special tokens.
    """
    place = ids_of(path)
    k = 6 if "A" * 6 in place else 3
    known = (*_ESM, *letters.ORDER, "N", *letters.kmers(k))
    places = _places(path, place, known, f"a vocabulary of {k}-mers")
    if max(places) >= tokens:
        last = max(known, key=place.__getitem__)
        raise _other_size(path, f"{last} is line {place[last] + 1:,}", tokens)
    return KmerBlocks(k, place, *places[1:4])


def byte_pairs(path: Path, tokens: int) -> BytePairs:
    """The vocabulary of DNABERT-2's tokenizer.json; its config.json has wrong ids of special tokens."""
    tokenizer = library_tokenizer(path)
    place = tokenizer.get_vocab()
    special = _places(path, place, (*_BERT, *"ACGT"), "the tokenizer of DNABERT-2")[: len(_BERT)]
    if len(place) > tokens:
        raise _other_size(path, f"{len(place):,} tokens", tokens)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    pad, _, cls, sep, _ = special
    return BytePairs(tokenizer, np.setdiff1d(np.arange(len(place)), special), pad, [cls], [sep])


def library_tokenizer(path: Path) -> Tokenizer:
    """The tokenizer in a tokenizer.json."""
    try:
        return Tokenizer.from_str(path.read_text(encoding="utf-8"))
    except Exception as fault:  # the library raises bare Exception for whatever it cannot read
        raise InputError(f"{path}: not a tokenizer ({str(fault).splitlines()[0]}); download it again") from None


def ids_of(path: Path) -> dict[str, int]:
    """Word -> id: in vocab.txt that of its line, in a tokenizer.json, which transformers 5 writes, as it says."""
    if path.suffix == ".json":
        return library_tokenizer(path).get_vocab()
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return {word.strip(): at for at, word in enumerate(lines)}


def _places(path: Path, place: dict[str, int], words: Sequence[str], what: str) -> list[int]:
    for word in words:
        if word not in place:
            raise InputError(f"{path}: no {word} in it, {what} has one; is it another model's?")
    return [place[word] for word in words]


def _other_size(path: Path, found: str, tokens: int) -> InputError:
    return InputError(f"{path}: {found}, its config.json says {tokens:,} tokens (vocab_size); they are of two models")
