"""A data set as a model sees it: token ids, and how much of each sequence is in them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl
import torch

from lncprom.inference.batches import Encoded
from lncprom.models.base import Family


class Seen(NamedTuple):
    """Of each sequence: its bases, how many the model sees, whether the TSS is among those (-1: no TSS known)."""

    bases: np.ndarray
    seen: np.ndarray
    tss: np.ndarray

    def counts(self) -> dict[str, float | int | None]:
        """For card and report: nothing is cut in silence."""
        known = self.tss >= 0
        return {
            "bases_seen_share": round(float(self.seen.sum() / self.bases.sum()), 6),
            "sequences_cut": int((self.seen < self.bases).sum()),
            "tss_seen_share": round(float(self.tss[known].mean()), 6) if known.any() else None,
        }


def encode(
    family: Family, rows: pl.DataFrame, truncation: str, source: str, device: torch.device
) -> tuple[Encoded, Seen]:
    """Tokens of all rows of a data set, in the order of the rows, which have to be sorted by `tss_index`.

    Faults name the record: a sequence of N only, or one that does not fit and may not be cut.
    """
    parts, seen = [], []
    for part in rows.partition_by("tss_index", maintain_order=True):
        names = [f"{source}, {name}" for name in part["sample_id"]]
        texts = part["sequence"].to_list()
        tokens, found = encode_texts(family, texts, names, truncation, part["tss_index"][0], device)
        parts.append(tokens)
        seen.append(found)
    return Encoded.joined(parts, family.pad_id), Seen(*map(np.concatenate, zip(*seen, strict=True)))


def encode_texts(
    family: Family, texts: list[str], names: list[str], truncation: str, tss: int | None, device: torch.device
) -> tuple[Encoded, Seen]:
    """The same for sequences that come from elsewhere, all with the TSS at one index or none known."""
    tokens = family.tokenize(texts, truncation, tss, names)
    encoded = Encoded.of(tokens, len(texts), device)
    begin = np.minimum.reduceat(tokens.first_base, encoded.start[:-1]).astype(np.int64)
    end = np.maximum.reduceat(tokens.last_base, encoded.start[:-1]).astype(np.int64)  # chunks leave no gap
    has_tss = np.full(len(texts), -1) if tss is None else ((begin <= tss) & (tss < end)).astype(np.int64)
    return encoded, Seen(np.array([len(text) for text in texts], np.int64), end - begin, has_tss)


def unknown_bases(family: Family, rows: pl.DataFrame) -> list[str]:
    """A note on how many N of a data set the model reads as unknown tokens; none where there are none."""
    if family.vocabulary.knows_n:
        return []
    number = int(rows["sequence"].str.count_matches("N").sum())
    return [f"{number:,} bases of the data set are N, which the model reads as unknown tokens"] if number else []
