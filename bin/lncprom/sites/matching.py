"""Pairs of genes, one of each class, that are alike in expression, composition or TSS support."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl

from lncprom import text
from lncprom.errors import InputError
from lncprom.genome.reader import Genome
from lncprom.sites import gc_matching

# what can be matched -> the column of the genes table, None where the genome says it
COLUMNS = {"log_tpm": "mean_log_tpm", "gc": None, "cpg": None, "tss_support": "tss_support"}
UNMEASURED = "without a value to match"
UNMATCHED = "without a partner in the other class within the caliper"
_ROUNDING = 1e-12
_UNBALANCED = 0.01  # of the AUROC from 0.5


class Matched(NamedTuple):
    """Rows in pairs, `pair` names the positive of each; the balance for the card; losses by reason; and notes."""

    rows: pl.DataFrame
    balance: dict[str, object]
    dropped: dict[str, int]
    notes: list[str]


def match(rows: pl.DataFrame, genome: Genome, names: tuple[str, ...], caliper: float, window: int) -> Matched:
    """As many pairs as a caliper allows, each row in one; nearest first where several numbers are matched.

    Parameters
    ----------
    rows
        Candidates on the genome, `label` 1 and 0; their order decides between equal ones.
    names
        Keys of `COLUMNS`. `tss_support` is equal in a pair, numbers differ by `caliper` standard deviations at most.
    caliper
        In standard deviations: the root of the mean of both classes' variances.
    window
        Length of the window of which GC and CpG are measured, in bp.

    Raises
    ------
    InputError
        If the genes lack a column, or no pair is within the caliper; then it says how many are within twice of it.
    """
    values = _measured(rows, genome, names, window)
    known = ~np.isnan(values).any(axis=1)
    _refuse_unmeasured(values, (rows["label"] == 1).to_numpy(), names)
    candidates, values = rows.filter(known), values[known]
    positive = (candidates["label"] == 1).to_numpy()
    sd = _pooled_sd(values, positive)
    exact = np.array([name == "tss_support" for name in names])
    scaled = np.where(exact, values, values / np.where(sd > 0, sd, 1))
    ours, theirs = _pairs(scaled, positive, exact, caliper)
    if not len(ours):
        if exact.all():
            raise InputError(f"--match {','.join(names)}: no pair of genes has the same. Match something else.")
        more = len(_pairs(scaled, positive, exact, 2 * caliper)[0])
        raise InputError(
            f"--match {','.join(names)}: no pair of genes within --caliper {caliper:g} standard deviations; within "
            f"{2 * caliper:g} there would be {more:,}. Give a larger caliper, or match fewer columns."
        )
    pair = candidates["sample_id"].gather(ours)
    chosen = pl.concat([candidates[ours].with_columns(pair=pair), candidates[theirs].with_columns(pair=pair)])
    kept = np.r_[ours, theirs]
    about = {
        name: {
            "before": _balance(values[:, at], positive, sd[at]),
            "after": _balance(values[kept, at], positive[kept], sd[at]),
        }
        for at, name in enumerate(names)
    }
    dropped = {UNMEASURED: int((~known).sum()), UNMATCHED: candidates.height - chosen.height}
    notes = [f"{len(ours):,} pairs matched by {', '.join(names)} within {caliper:g} standard deviations"]
    for name, of in about.items():
        if abs((auroc := of["after"]["auroc"]) - 0.5) > _UNBALANCED:
            notes.append(
                f"{name} alone has an AUROC of {auroc:.3f} in pairs; a smaller caliper brings it nearer to 0.5"
            )
    return Matched(chosen, {"pairs": len(ours), **about}, dropped, notes)


def sorted_pairs(one: np.ndarray, other: np.ndarray, tolerance: float) -> tuple[np.ndarray, np.ndarray]:
    """Paired elements of two lists of numbers that differ by the tolerance at most: no pairing has more pairs.

    Both lists are walked in ascending order, equal numbers in their own order; the smaller of two that are too far
    apart can have no partner any more.

    >>> sorted_pairs(np.array([1.0, 2, 3]), np.array([2.1, 0.9]), 0.2)
    (array([0, 1]), array([1, 0]))
    """
    a, b = np.argsort(one, kind="stable"), np.argsort(other, kind="stable")
    x, y, at, to, found = one[a].tolist(), other[b].tolist(), 0, 0, []
    while at < len(x) and to < len(y):
        if abs(x[at] - y[to]) <= tolerance + _ROUNDING:
            found.append((at, to))
            at, to = at + 1, to + 1
        elif x[at] < y[to]:
            at += 1
        else:
            to += 1
    first, second = np.array(found, dtype=np.int64).reshape(-1, 2).T
    return a[first], b[second]


def _measured(rows: pl.DataFrame, genome: Genome, names: tuple[str, ...], window: int) -> np.ndarray:
    """(rows, names): NaN where unknown."""
    if unknown := [name for name in names if name not in COLUMNS]:
        raise InputError(f"--match {unknown[0]}: not known. {text.nearest(unknown[0], COLUMNS)}")
    columns = {}
    if {"gc", "cpg"} & set(names):
        columns["gc"], columns["cpg"] = gc_matching.measure_sites(rows, genome, window)[0].T
    for name in names:
        if (column := COLUMNS[name]) is None:
            continue
        if column not in rows.columns:
            remedy = {
                "log_tpm": "Run label_expression with a TPM table",
                "tss_support": "Give CAGE peaks to extract_tss (--tss-support)",
            }
            raise InputError(f"--match {name}: the genes table has no column {column}. {remedy[name]}.")
        columns[name] = rows[column].cast(pl.Float64).fill_null(np.nan).to_numpy()
    return np.column_stack([columns[name] for name in names])


def _refuse_unmeasured(values: np.ndarray, positive: np.ndarray, names: tuple[str, ...]) -> None:
    """Stop if a class has fewer than two genes with all values, so that it has no variance."""
    for side, title in ((positive, "positive"), (~positive, "negative")):
        known = ~np.isnan(values[side])
        if known.all(axis=1).sum() < 2:
            number = dict(zip(names, known.sum(axis=0).tolist(), strict=True))
            held = ", ".join(f"{of:,} {name}" for name, of in number.items())
            of_windows = any(COLUMNS[name] is None and not of for name, of in number.items())
            remedy = "Give a smaller --window" if of_windows else "Match something else, or give genes that have them"
            raise InputError(
                f"--match {','.join(names)}: of {side.sum():,} {title} genes, fewer than two have all values ({held}). "
                f"{remedy}."
            )


def _pairs(
    values: np.ndarray, positive: np.ndarray, exact: np.ndarray, caliper: float
) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of the paired rows, positives and negatives; `exact` columns are equal in a pair."""
    numbers, found = values[:, ~exact], []
    for level in np.unique(values[:, exact], axis=0):
        here = (values[:, exact] == level).all(axis=1)
        ours, theirs = np.flatnonzero(here & positive), np.flatnonzero(here & ~positive)
        if numbers.shape[1] > 1:
            one, other = gc_matching.nearest_pairs(numbers[ours], numbers[theirs], caliper)
        else:  # with no number, all are equal
            column = numbers.sum(axis=1)
            one, other = sorted_pairs(column[ours], column[theirs], caliper)
        found.append((ours[one], theirs[other]))
    return tuple(np.concatenate(side) for side in zip(*found, strict=True))


def _pooled_sd(values: np.ndarray, positive: np.ndarray) -> np.ndarray:
    return np.sqrt((values[positive].var(axis=0, ddof=1) + values[~positive].var(axis=0, ddof=1)) / 2)


def _balance(values: np.ndarray, positive: np.ndarray, sd: float) -> dict[str, float | None]:
    """Difference of the classes' means in standard deviations before matching; AUROC of the number alone."""
    difference = values[positive].mean() - values[~positive].mean()
    n, m = int(positive.sum()), int((~positive).sum())
    auroc = (pl.Series(values).rank("average").to_numpy()[positive].sum() - n * (n + 1) / 2) / (n * m)
    return {
        "standardised_difference": round(float(difference / sd), 6) if sd > 0 else None,
        "auroc": round(float(auroc), 6),
    }
