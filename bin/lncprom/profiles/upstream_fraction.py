"""How much of the importance lies right upstream of the TSS, against how much of the length does."""

from __future__ import annotations

import itertools

import numpy as np
import polars as pl

from lncprom.profiles import correlation, means
from lncprom.profiles.means import Settings
from lncprom.profiles.score_matrix import Scored
from lncprom.tables.profiles import SHARES


def table(scored: Scored, settings: Settings) -> pl.DataFrame:
    """Per control, method, class and scope: a row without seed over all seeds, then one a seed where there are more.

    The share is that of each promoter's absolute scores, averaged over promoters, so that none counts for more than
    another. Without a known TSS there is no upstream, and no row.
    """
    rows: list[tuple] = []
    position, region = scored.position, f"-{settings.region}..-1"
    scopes = {"window": np.ones(len(position), bool), "upstream": position < 0}
    for (control, method), by_seed in sorted(scored.scores.items()) if scored.tss_known else ():
        seeds = [(None, list(by_seed.values()))]
        seeds += [(seed, [matrix]) for seed, matrix in by_seed.items()] if len(by_seed) > 1 else []
        for (seed, matrices), label, scope in itertools.product(seeds, (0, 1), scopes):
            about = (scored.dataset, scored.model, seed, control, method, label, scope, region)
            rows.append((*about, *_row(scored, matrices, label, scopes[scope], settings)))
    return means.tidy(SHARES.frame(rows))


def _row(scored: Scored, matrices: list[np.ndarray], label: int, columns: np.ndarray, settings: Settings) -> tuple:
    """n, share, ci_low, ci_high, length_share."""
    rows = scored.label == label
    near = ((scored.position >= -settings.region) & (scored.position < 0))[columns]
    shares, lengths = [], []
    for matrix in matrices:
        part = matrix[rows][:, columns]
        share, seen = means.shares(part), np.isfinite(part)
        known = np.isfinite(share).any(axis=1) & seen[:, near].any(axis=1)
        shares.append(np.where(known, np.nansum(share[:, near], axis=1), np.nan)[:, None])
        lengths.append(np.where(known, seen[:, near].sum(axis=1) / np.maximum(seen.sum(axis=1), 1), np.nan))
    # the same draws for every method and control of a class: they are compared with one another
    made = means.curve(shares, scored.group[rows], settings, f"{scored.dataset}\0share\0{label}")
    length = float(correlation.mean(np.concatenate(lengths)))
    return int(made.n[0]), float(made.mean[0]), float(made.low[0]), float(made.high[0]), length
