"""The letters of DNA: the k-mers made of them, and a check of sequences before a model's tokens."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from lncprom.errors import InputError

ORDER = "ATCG"  # the order in which the vocabularies of DNABERT and Nucleotide Transformer list k-mers
_FOREIGN = re.compile("[^ACGTN]")


def check(sequences: Sequence[str], names: Sequence[str], shortest: int = 1) -> None:
    """Refuse, by name, a sequence with letters other than upper-case A, C, G, T, N, one of N only or one too short."""
    for name, text in zip(names, sequences, strict=True):
        if odd := _FOREIGN.search(text):
            fix = "write it in upper case" if odd[0] in "acgtn" else "a model reads A, C, G, T, N only"
            fault = f"{odd[0]!r} at base {odd.start() + 1}; {fix}"
        elif len(text) < shortest:
            fault = f"{len(text)} bases, the model needs {shortest} or more; leave it out"
        elif not text.strip("N"):
            fault = "nothing but N; leave it out"
        else:
            continue
        raise InputError(f"{name}: {fault}")


def kmers(k: int) -> list[str]:
    """All k-mers in the order of their numbers.

    >>> kmers(1)
    ['A', 'T', 'C', 'G']
    """
    return list(map("".join, itertools.product(ORDER, repeat=k)))
