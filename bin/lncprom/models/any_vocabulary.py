"""The tokens of any model over DNA: a tokenizer.json, or a vocab.txt of bases or k-mers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from lncprom.errors import InputError
from lncprom.models import letters, vocabulary
from lncprom.models.vocabulary import BytePairs, KmerBlocks, Vocabulary

_PADS = ("[PAD]", "<pad>", "<|pad|>", "</s>", "<eos>", "<|endoftext|>", "[SEP]")
_BEFORE_A_WORD = "##|▁|Ġ"  # marks of WordPiece, SentencePiece and byte pairs of bytes


class AnyTokens(BytePairs):
    """Tokens of a tokenizer whose words need not merge independently of what lies beside them."""

    unknown: int | None = None

    @property
    def knows_n(self) -> bool:
        return self.unknown is None or self.unknown not in self.encode(["ANA"])[0]

    def spans(self, sequences: Sequence[str], width: int) -> np.ndarray:
        found = super().spans(sequences, width)
        found[found[..., 0] >= found[..., 1]] = -1  # a mark of the beginning covers no base
        return found

    def room(self, sequences: Sequence[str], tokens: int, from_end: bool) -> np.ndarray:
        found = super().room(sequences, tokens, from_end)
        while True:
            ends = zip(sequences, found, strict=True)
            parts = [text[len(text) - bases :] if from_end else text[:bases] for text, bases in ends]
            over = np.array([len(part.ids) for part in self._encodings(parts)], np.int64) - (tokens - self.special)
            if (over <= 0).all():
                return found
            found -= np.clip(over, 0, found)


def read(path: Path, rows: int) -> Vocabulary:
    """The vocabulary in a file, for a model that has embeddings of so many tokens."""
    return _of_library(path, rows) if path.suffix == ".json" else _of_lines(path, rows)


def _of_library(path: Path, rows: int) -> AnyTokens:
    tokenizer = vocabulary.library_tokenizer(path)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    place, name = tokenizer.get_vocab(), getattr(tokenizer.model, "unk_token", None)
    unknown = place.get(name or "<unk>")
    for base in "ACGT":
        part = tokenizer.encode(base, add_special_tokens=False)
        if not part.ids or unknown in part.ids:
            raise InputError(f"{path}: does not know the base {base}; is it a tokenizer of DNA, in upper case?")
    mark = re.compile(f"(?:{_BEFORE_A_WORD})?([ACGT]+)", re.IGNORECASE if part.tokens[-1].islower() else 0)
    bases = [at for word, at in place.items() if mark.fullmatch(word)]
    whole = tokenizer.encode("ACGT")
    if (most := max(*bases, *whole.ids)) >= rows:
        raise InputError(
            f"{path}: {tokenizer.id_to_token(most)} has the id {most:,}, its config.json says {rows:,} tokens "
            "(vocab_size); they are of two models"
        )
    special = np.flatnonzero(whole.special_tokens_mask)
    inner = len(whole.ids) - len(special)
    first = int(np.flatnonzero(np.array(whole.special_tokens_mask) == 0)[0])
    pad = next((place[word] for word in _PADS if place.get(word, rows) < rows), 0)
    found = AnyTokens(tokenizer, np.sort(bases), pad, whole.ids[:first], whole.ids[first + inner :])
    found.unknown = unknown
    return found


def _of_lines(path: Path, rows: int) -> Vocabulary:
    """BERT's special tokens: overlapping k-mers, as DNABERT; ESM's: k-mers side by side, the rest base by base."""
    place = vocabulary.ids_of(path)
    if "<cls>" not in place:
        return vocabulary.kmers(path, rows)
    known = {word for word in place if re.fullmatch("[ACGT]+", word)}
    k = max(map(len, known), default=0)
    if not 0 < k <= 8 or known != {*letters.kmers(1), *letters.kmers(k)} or "<pad>" not in place:
        raise InputError(f"{path}: neither bases nor all k-mers of one k; give the model's tokenizer.json")
    if (most := max(place[word] for word in known)) >= rows:
        raise InputError(f"{path}: {most + 1:,} tokens, its config.json says {rows:,} (vocab_size); of two models")
    found = KmerBlocks(k, place, place["<pad>"], place.get("<mask>", -1), place["<cls>"])
    found.knows_n = "N" in place
    return found
