"""Units (groups, chromosomes, samples) dealt to train, dev and test so that every class gets its share of each.

Everywhere `counts` is (units, classes): how many samples of each task's class a unit holds.
"""

from __future__ import annotations

import numpy as np

from lncprom import random_keys

_RESTARTS = 16
_PAIRS_UP_TO = 200  # chromosomes; beyond that, moving small ones is fine enough without swaps


def deal(counts: np.ndarray, lots: np.ndarray, fractions: np.ndarray, seed: int) -> np.ndarray:
    """Fold (0, 1, 2) of each unit; in every class the shares come within a few samples of `fractions`.

    Units that hold the same number of samples of every class are interchangeable; they are dealt together, by lot.
    Large ones come first, and each batch makes up for what those before it left uneven; numbers are rounded by
    chance, so that even a unit without its like has about the stated chance of each fold.
    """
    kinds, of = np.unique(counts, axis=0, return_inverse=True)
    by_lot = np.lexsort((lots, of))
    bounds = np.searchsorted(of[by_lot], np.arange(len(kinds) + 1))
    rounding = random_keys.unit(random_keys.bits(random_keys.keys(["rounding"], seed, "folds"), np.arange(len(kinds))))
    fold = np.empty(len(counts), np.int8)
    dealt = np.zeros((len(fractions), counts.shape[1]))
    for kind in np.lexsort((np.arange(len(kinds)), -kinds.sum(axis=1))):
        units, held = by_lot[bounds[kind] : bounds[kind + 1]], kinds[kind]
        due = fractions[:, None] * (dealt.sum(axis=0) + len(units) * held) - dealt
        wanted = np.maximum(due @ held, 0)  # least squares over the classes that these units hold
        share = np.cumsum(wanted) / np.cumsum(wanted)[-1]
        edges = np.floor(share * len(units) + rounding[kind]).astype(int)
        number = np.diff(np.r_[0, edges[:-1], len(units)])
        fold[units] = np.repeat(np.arange(len(fractions)), number)
        dealt += number[:, None] * held
    return fill_empty(counts, fold, lots, len(fractions))


def fill_empty(counts: np.ndarray, fold: np.ndarray, lots: np.ndarray, folds: int) -> np.ndarray:
    """The folds with units moved so that every class of as many units as there are folds is met in each.

    Small units move first, and never the last one of another class in its fold; a class for which that leaves
    none to move stays as it is.
    """
    present, fold = counts > 0, fold.copy()
    enough = present.sum(axis=0) >= folds
    while True:
        held = np.stack([present[fold == number].sum(axis=0) for number in range(folds)])
        for target, column in np.argwhere((held == 0) & enough):
            source = held[:, column].argmax()
            units = np.flatnonzero(present[:, column] & (fold == source))
            units = units[~present[units][:, (held[source] == 1) & enough].any(axis=1)]
            if len(units):
                fold[units[np.lexsort((lots[units], counts[units].sum(axis=1)))[0]]] = target
                break
        else:
            return fold


def whole(counts: np.ndarray, names: list[str], fractions: np.ndarray, seed: int) -> np.ndarray:
    """Fold (0, 1, 2) of a few large units, e.g. chromosomes: no fold empty, shares as near as a search finds.

    From several random starts, single units are moved and pairs swapped as long as that helps.
    """
    weights = counts / counts.sum(axis=0)
    starts = random_keys.unit(
        random_keys.bits(random_keys.keys(names, seed, "chromosomes")[:, None], np.arange(_RESTARTS)[None, :])
    )
    found = [
        _search(weights, np.searchsorted(np.cumsum(fractions)[:-1], start, "right"), fractions) for start in starts.T
    ]
    return min(found, key=lambda fold: _cost(*_held(weights, fold, len(fractions)), fractions)).astype(np.int8)


def _held(weights: np.ndarray, fold: np.ndarray, folds: int) -> tuple[np.ndarray, np.ndarray]:
    """(folds, classes + 1): share of each class in a fold; and its number of units, the last column of all."""
    dealt = fold == np.arange(folds)[:, None]
    share = dealt.astype(float) @ weights
    return share, np.column_stack([dealt.astype(int) @ (weights > 0), dealt.sum(axis=1)])


def _fold_cost(share: np.ndarray, units: np.ndarray, fraction: np.ndarray) -> np.ndarray:
    """How far a fold is from its fraction; a class that misses outweighs that, an empty fold all else."""
    missing = (units[..., :-1] == 0).sum(axis=-1) * 10 + (units[..., -1] == 0) * 10_000
    return ((share - fraction) ** 2).sum(axis=-1) + missing


def _cost(share: np.ndarray, units: np.ndarray, fractions: np.ndarray) -> float:
    return round(float(_fold_cost(share, units, fractions[:, None]).sum()), 12)


def _search(weights: np.ndarray, fold: np.ndarray, fractions: np.ndarray) -> np.ndarray:
    """The folds after the best move or swap, again and again until none helps."""
    n, folds = len(weights), len(fractions)
    present = np.column_stack([weights > 0, np.ones(n, bool)]).astype(int)
    weights_and_none, present_and_none = np.vstack([weights, 0 * weights[:1]]), np.vstack([present, 0 * present[:1]])
    moved = np.repeat(np.arange(n), folds), np.full(n * folds, n), np.tile(np.arange(folds), n)
    pairs = np.triu_indices(n, 1) if n <= _PAIRS_UP_TO else (np.empty(0, int), np.empty(0, int))
    fold = fold.copy()
    while True:
        share, units = _held(weights, fold, folds)
        one, other = np.r_[moved[0], pairs[0]], np.r_[moved[1], pairs[1]]
        origin, target = fold[one], np.r_[moved[2], fold[pairs[1]]]
        change, units_change = weights[one] - weights_and_none[other], present[one] - present_and_none[other]
        now = _fold_cost(share, units, fractions[:, None])
        after = _fold_cost(share[origin] - change, units[origin] - units_change, fractions[origin][:, None])
        after += _fold_cost(share[target] + change, units[target] + units_change, fractions[target][:, None])
        gain = np.where(origin == target, 0, now[origin] + now[target] - after)
        best = gain.argmax()
        if gain[best] < 1e-9:
            return fold
        fold[one[best]] = target[best]
        if other[best] < n:
            fold[other[best]] = origin[best]
