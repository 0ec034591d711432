"""Mean importance by position and class, with intervals, and each promoter's importance as shares of its total."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import polars as pl

from lncprom import random_keys
from lncprom.profiles import correlation
from lncprom.profiles.score_matrix import Scored
from lncprom.tables.profiles import PROFILE, SHARES


class Settings(NamedTuple):
    """How intervals are made (replicates, the share they cover, the seed of the draws); bases upstream that count."""

    bootstrap: int = 1000
    confidence: float = 0.95
    seed: int = 42
    region: int = 80


class Curve(NamedTuple):
    """A mean by position, the bounds of its interval (NaN where there is none), and how many promoters it rests on."""

    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    n: np.ndarray


def shares(matrix: np.ndarray) -> np.ndarray:
    """Each promoter's absolute scores as shares of their sum; NaN where unseen, or where all scores are 0."""
    size = np.abs(matrix.astype(np.float64))
    total = np.nansum(size, axis=1, keepdims=True)
    return np.divide(size, total, out=np.full_like(size, np.nan), where=total > 0)


def curve(matrices: Sequence[np.ndarray], group: np.ndarray, settings: Settings, name: str) -> Curve:
    """The mean over promoters (rows) and seeds (matrices) of each column, with its bootstrap interval.

    Replicates draw groups of overlapping promoters with replacement, and seeds where there are several. `name` says
    what is resampled: with the seed it decides all draws. No interval from a single group.
    """
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))  # groups are numbered from 0
    groups, width = len(starts), matrices[0].shape[1]
    total = np.stack([np.add.reduceat(np.nan_to_num(m[order].astype(np.float64)), starts) for m in matrices])
    seen = np.stack([np.add.reduceat(np.isfinite(m[order]).astype(np.float64), starts) for m in matrices])
    promoters = np.any([np.isfinite(matrix) for matrix in matrices], axis=0).sum(axis=0)
    mean = _ratio(total.sum(axis=(0, 1)), seen.sum(axis=(0, 1)))
    low, high = np.full((2, width), np.nan)
    if groups > 1 and settings.bootstrap:
        drawn = _draws(name, settings.seed, settings.bootstrap, groups, len(matrices))
        weights, over = (part.astype(np.float64) for part in drawn)
        sums = (sum(over[:, [at]] * (weights @ seed) for at, seed in enumerate(part)) for part in (total, seen))
        found = _ratio(*sums)
        tail = (1 - settings.confidence) / 2
        whole = np.isfinite(found).all(axis=0)
        low[whole], high[whole] = np.quantile(found[:, whole], [tail, 1 - tail], axis=0)
        for at in np.flatnonzero(~whole & np.isfinite(found).any(axis=0)):  # seen in so few that some draws have none
            low[at], high[at] = np.nanquantile(found[:, at], [tail, 1 - tail])
    return Curve(mean, low, high, promoters)


def means(scored: Scored, settings: Settings) -> dict[tuple[str, str, int], tuple[Curve, Curve]]:
    """Control, method, class -> the mean score by position, and the mean share of each promoter's importance."""
    found = {}
    for (control, method), by_seed in sorted(scored.scores.items()):
        for label in (0, 1):
            rows, name = scored.label == label, f"{scored.dataset}\0profile\0{label}"
            matrices, group = [matrix[rows] for matrix in by_seed.values()], scored.group[rows]
            share = curve([shares(matrix) for matrix in matrices], group, settings, name)
            found[control, method, label] = curve(matrices, group, settings, name), share
    return found


def table(found: dict[tuple[str, str, int], tuple[Curve, Curve]], scored: Scored) -> pl.DataFrame:
    """One row a control, method, class and position that was seen in some promoter."""
    parts = []
    for (control, method, label), (raw, share) in found.items():
        about = {"dataset": scored.dataset, "model": scored.model, "control": control, "method": method, "label": label}
        columns = {"position": scored.position, "n": raw.n, "mean": raw.mean, "ci_low": raw.low, "ci_high": raw.high}
        columns |= {"share": share.mean, "share_low": share.low, "share_high": share.high}
        parts.append(pl.DataFrame(about | columns, schema=PROFILE.schema))
    return tidy(pl.concat(parts).filter(pl.col("n") > 0))


def shares_table(scored: Scored, settings: Settings) -> pl.DataFrame:
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
            rows.append((*about, *_shares_row(scored, matrices, label, scopes[scope], settings)))
    return tidy(SHARES.frame(rows))


def _shares_row(
    scored: Scored, matrices: list[np.ndarray], label: int, columns: np.ndarray, settings: Settings
) -> tuple:
    """n, share, ci_low, ci_high, length_share."""
    rows = scored.label == label
    near = ((scored.position >= -settings.region) & (scored.position < 0))[columns]
    found, lengths = [], []
    for matrix in matrices:
        part = matrix[rows][:, columns]
        share, seen = shares(part), np.isfinite(part)
        known = np.isfinite(share).any(axis=1) & seen[:, near].any(axis=1)
        found.append(np.where(known, np.nansum(share[:, near], axis=1), np.nan)[:, None])
        lengths.append(np.where(known, seen[:, near].sum(axis=1) / np.maximum(seen.sum(axis=1), 1), np.nan))
    # the same draws for every method and control of a class: they are compared with one another
    made = curve(found, scored.group[rows], settings, f"{scored.dataset}\0share\0{label}")
    length = float(correlation.mean(np.concatenate(lengths)))
    return int(made.n[0]), float(made.mean[0]), float(made.low[0]), float(made.high[0]), length


def tidy(rows: pl.DataFrame) -> pl.DataFrame:
    """Numbers to six significant digits (more are not known), and NaN as missing."""
    columns = [name for name, dtype in rows.schema.items() if dtype == pl.Float64]
    return rows.with_columns(pl.col(columns).fill_nan(None).round_sig_figs(6))


@lru_cache(maxsize=4)  # methods and controls of a class are compared on the same draws
def _draws(name: str, seed: int, replicates: int, groups: int, seeds: int) -> tuple[np.ndarray, np.ndarray]:
    """How often each group, and each seed, is drawn: (replicates, groups), (replicates, seeds)."""
    draw = random_keys.named(name, seed, "importance")
    weights = np.empty((replicates, groups), np.uint16)
    for row in weights:
        row[:] = np.bincount(draw.integers(groups, size=groups), minlength=groups)
    chosen = draw.integers(seeds, size=(replicates, seeds))
    return weights, (chosen[:, :, None] == np.arange(seeds)).sum(axis=1)


def _ratio(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    return np.divide(top, bottom, out=np.full_like(top, np.nan), where=bottom > 0)
