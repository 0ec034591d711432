"""How much of the importance lies right upstream of the TSS, against how much of the length does."""

from __future__ import annotations

import numpy as np
import polars as pl

from lncprom.profiles import means
from lncprom.profiles.means import Settings
from lncprom.profiles.score_matrix import Scored
from lncprom.tables.profiles import SHARES

SCOPES = ("window", "upstream")


def table(scored: Scored, settings: Settings) -> pl.DataFrame:
    """Per control, method, class and scope: a row without seed over all seeds, then one a seed where there are more.

    The share is that of each promoter's absolute scores, averaged over promoters, so that none counts for more than
    another. Without a known TSS there is no upstream, and no row.
    """
    rows: list[tuple] = []
    for (control, method), by_seed in sorted(scored.scores.items()) if scored.tss_known else ():
        several = {seed: [matrix] for seed, matrix in by_seed.items()} if len(by_seed) > 1 else {}
        for seed, matrices in ({None: list(by_seed.values())} | several).items():
            for label in (0, 1):
                for scope in SCOPES:
                    about = (
                        scored.dataset,
                        scored.model,
                        seed,
                        control,
                        method,
                        label,
                        scope,
                        f"-{settings.region}..-1",
                    )
                    rows.append((*about, *_row(scored, matrices, label, scope, settings)))
    return means.tidy(SHARES.frame(rows))


def _row(scored: Scored, matrices: list[np.ndarray], label: int, scope: str, settings: Settings) -> tuple:
    """n, share, ci_low, ci_high, length_share."""
    rows = scored.label == label
    position = scored.position
    columns = position < 0 if scope == "upstream" else np.ones(len(position), bool)
    near = ((position >= -settings.region) & (position < 0))[columns]
    found, lengths = [], []
    for matrix in matrices:
        part = matrix[rows][:, columns]
        share = means.shares(part)
        seen_near = np.isfinite(share).any(axis=1) & np.isfinite(part[:, near]).any(axis=1)
        found.append(np.where(seen_near, np.nansum(share[:, near], axis=1), np.nan)[:, None])
        seen = np.isfinite(part)
        of = np.where(seen_near, seen[:, near].sum(axis=1) / np.maximum(seen.sum(axis=1), 1), np.nan)
        lengths.append(of)
    # the same draws for every method and control of a class: they are compared with one another
    made = means.curve(found, scored.group[rows], settings, f"{scored.dataset}\0share\0{label}")
    lengths = np.stack(lengths)
    length = float(np.nanmean(lengths)) if np.isfinite(lengths).any() else np.nan
    return int(made.n[0]), float(made.mean[0]), float(made.low[0]), float(made.high[0]), length
