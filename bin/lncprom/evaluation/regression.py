"""How well predicted targets agree with the true ones, over all samples and within each biotype."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl

PREFERRED = "spearman"  # the metric that regressions are compared by
SPECIFIC = "pearson:specific"  # of expression after the means of gene and tissue
FEWEST = 10  # samples of a biotype for metrics of its own


def values(rows: pl.DataFrame, block: np.ndarray, blocks: int) -> tuple[dict[str, float], dict[str, np.ndarray]]:
    """Each metric, and each metric without each block of groups.

    Parameters
    ----------
    rows
        Samples with `target`, `prediction` and, where known, `biotype`.
    block
        (samples,) the number of each sample's block, 0 to `blocks` - 1.

    Returns
    -------
    dict of str to float, dict of str to ndarray
        `spearman`, `pearson`, `r2`, and the same with `:BIOTYPE` where there are several; correlations with a constant
        and R2 of constant targets are NaN.
    """
    parts = {"": np.ones(rows.height, bool)}
    kinds = rows["biotype"] if "biotype" in rows.columns else pl.Series([None] * rows.height, dtype=pl.String)
    if kinds.n_unique() > 1 and not kinds.null_count():
        parts |= {f":{kind}": (kinds == kind).to_numpy() for kind in kinds.unique().sort()}
    found, without = {}, {}
    for name, chosen in parts.items():
        if name and chosen.sum() < FEWEST:
            continue
        part = rows.filter(chosen)
        for metric, both in _metrics(part["target"].to_numpy(), part["prediction"].to_numpy(), block[chosen], blocks):
            found[metric + name], without[metric + name] = float(both[0]), both[1:]
    return found, without


def by_tissue(
    tissues: Sequence[str], targets: np.ndarray, predictions: np.ndarray, block: np.ndarray, blocks: int
) -> tuple[dict[str, float], dict[str, np.ndarray]]:
    """Each metric of each tissue, and each without each block of groups; targets and predictions (samples, tissues).

    Returns
    -------
    dict of str to float, dict of str to ndarray
        `spearman:tissue:NAME`, and so on; `pearson:specific`: of what is left of expression after the mean of the gene
        and the mean of the tissue, over all genes and tissues. Most of what a tissue's own correlation shows is the
        gene's mean.
    """
    found, without = {}, {}
    for name, x, y in zip(tissues, targets.T, predictions.T, strict=True):
        for metric, both in _metrics(x, y, block, blocks):
            found[f"{metric}:tissue:{name}"], without[f"{metric}:tissue:{name}"] = float(both[0]), both[1:]
    x, y = (_specific(of) for of in (targets, predictions))
    both = _correlation(_moments(x.ravel(), y.ravel(), np.repeat(block, len(tissues)), blocks))
    return found | {SPECIFIC: float(both[0])}, without | {SPECIFIC: both[1:]}


def _specific(values: np.ndarray) -> np.ndarray:
    """What the means of rows and of columns leave; rounding errors of it are 0."""
    return (values - values.mean(axis=1, keepdims=True) - values.mean(axis=0) + values.mean()).round(9)


def _metrics(x: np.ndarray, y: np.ndarray, block: np.ndarray, blocks: int) -> Iterator[tuple[str, np.ndarray]]:
    """Name of each metric, and its value (1 + blocks,) of all samples and without each block."""
    moments = _moments(x, y, block, blocks)
    yield "spearman", _spearman(x, y, block, blocks)
    yield "pearson", _correlation(moments)
    yield "r2", _determination(moments)


def _moments(x: np.ndarray, y: np.ndarray, block: np.ndarray, blocks: int) -> np.ndarray:
    """(6, 1 + blocks): n and the sums of x, y, xx, yy, xy, of all samples and without each block."""
    x, y = x - x.mean(), y - x.mean()  # smaller numbers, less rounding
    sums = np.stack(
        [np.bincount(block, values, minlength=blocks) for values in (np.ones(len(x)), x, y, x * x, y * y, x * y)]
    )
    whole = sums.sum(axis=1, keepdims=True)
    return np.concatenate([whole, whole - sums], axis=1)


def _spearman(x: np.ndarray, y: np.ndarray, block: np.ndarray, blocks: int) -> np.ndarray:
    """(1 + blocks,): of all samples and without each block, whose samples no longer count in the others' ranks."""
    ranks = [pl.Series(values).rank("average").to_numpy() for values in (x, y)]
    found = [_moments(*ranks, np.zeros(len(x), np.int64), 1)[:, 0]]
    for left in range(blocks):
        kept = block != left
        if not kept.any():
            found.append(np.full(6, np.nan))
            continue
        within = [rank[kept] - _below(values[kept], values[~kept]) for rank, values in zip(ranks, (x, y), strict=True)]
        found.append(_moments(*within, np.zeros(kept.sum(), np.int64), 1)[:, 0])
    return _correlation(np.array(found).T)


def _below(values: np.ndarray, others: np.ndarray) -> np.ndarray:
    """How many of the others are below each value; equal ones count half."""
    others = np.sort(others)
    return (np.searchsorted(others, values) + np.searchsorted(others, values, side="right")) / 2


def _correlation(moments: np.ndarray) -> np.ndarray:
    n, x, y, xx, yy, xy = moments
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = np.maximum(n * xx - x * x, 0) * np.maximum(n * yy - y * y, 0)
        return np.where(spread > 1e-12 * (n * xx) * (n * yy), (n * xy - x * y) / np.sqrt(spread), np.nan)


def _determination(moments: np.ndarray) -> np.ndarray:
    """1 minus the squared errors over those of the mean; below 0 where the mean is the better prediction.

    NaN where the targets are constant.
    """
    n, x, _, xx, yy, xy = moments
    with np.errstate(invalid="ignore", divide="ignore"):
        of_mean = xx - x * x / n
        return np.where(of_mean > 1e-12 * xx, 1 - (xx - 2 * xy + yy) / of_mean, np.nan)
