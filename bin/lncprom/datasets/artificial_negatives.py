"""Kinds of negatives: made from the positives' bases, or found elsewhere in the genome."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lncprom import random_keys
from lncprom.datasets import shuffles

MADE = {
    "substitute": shuffles.substitute,
    "shuffle": shuffles.shuffle,
    "dinucleotide_shuffle": shuffles.dinucleotide_shuffle,
}
FOUND = ("genomic", "matched")
_BATCH = 1 << 21  # bases at once; about 100 MiB with the random numbers


def transform(codes: np.ndarray, kinds: Sequence[str], sample_ids: Sequence[str], seed: int) -> np.ndarray:
    """The windows after each sample's transform: uint8 (n, length); `none` changes nothing.

    A sequence's result depends on its bases, kind, sample id and the seed, not on other rows.

    Parameters
    ----------
    codes
        ASCII letters ACGTN in the gene's direction: uint8 (n, length).
    kinds
        `none`, `substitute`, `shuffle` or `dinucleotide_shuffle` for each row.
    """
    kinds = np.asarray(kinds, dtype=object)
    sample_ids = np.asarray(sample_ids, dtype=object)
    unknown = set(kinds.tolist()) - {"none", *MADE}
    if unknown:
        raise ValueError(f"kinds: {min(unknown)!r} is none of none, {', '.join(MADE)}")
    changed = codes.copy()
    batch = max(1, _BATCH // max(1, codes.shape[1]))
    for kind, make in MADE.items():
        rows = np.flatnonzero(kinds == kind)
        for start in range(0, len(rows), batch):
            part = rows[start : start + batch]
            changed[part] = make(codes[part], random_keys.keys(sample_ids[part], seed, kind))
    return changed
