"""Units (groups, chromosomes, samples) distributed to train, dev and test so that every class has its fraction of each.

Everywhere `counts` is (units, classes): how many samples of each task's class a unit holds. A split is 0, 1 or 2.
"""

from __future__ import annotations

import numpy as np

from lncprom import random_keys

_RESTARTS = 16
_PAIRS_UP_TO = 200  # chromosomes; with more, moves of small ones are fine enough without swaps


def deal(counts: np.ndarray, random: np.ndarray, fractions: np.ndarray, seed: int) -> np.ndarray:
    """Split of each unit (units,); in every class the fractions come within a few samples of `fractions`.

    Units that hold the same number of samples of every class are interchangeable and are distributed together, in the
    order of `random`. Large ones come first, and each batch compensates for what those before it left uneven. Numbers
    are rounded at random, so that a unit unlike all others has about the stated chance of each split.
    """
    kinds, of = np.unique(counts, axis=0, return_inverse=True)
    ordered = np.lexsort((random, of))
    bounds = np.searchsorted(of[ordered], np.arange(len(kinds) + 1))
    rounding = random_keys.unit(random_keys.bits(random_keys.keys(["rounding"], seed, "folds"), np.arange(len(kinds))))
    split = np.empty(len(counts), np.int8)
    dealt = np.zeros((len(fractions), counts.shape[1]))
    for kind in np.lexsort((np.arange(len(kinds)), -kinds.sum(axis=1))):
        units, held = ordered[bounds[kind] : bounds[kind + 1]], kinds[kind]
        due = fractions[:, None] * (dealt.sum(axis=0) + len(units) * held) - dealt
        wanted = np.maximum(due @ held, 0)  # least squares over the classes that these units hold
        cumulated = np.cumsum(wanted) / np.cumsum(wanted)[-1]
        edges = np.floor(cumulated * len(units) + rounding[kind]).astype(int)
        number = np.diff(np.r_[0, edges[:-1], len(units)])
        split[units] = np.repeat(np.arange(len(fractions)), number)
        dealt += number[:, None] * held
    return fill_empty(counts, split, random, len(fractions))


def fill_empty(counts: np.ndarray, split: np.ndarray, random: np.ndarray, splits: int) -> np.ndarray:
    """The splits after moves that bring every class of at least `splits` units into each split.

    Small units move first. The last unit of another class in its split never moves; a class for which that leaves no
    unit stays as it is.
    """
    present, split = counts > 0, split.copy()
    enough = present.sum(axis=0) >= splits
    while (move := _move(counts, present, split, random, enough, splits)) is not None:
        unit, target = move
        split[unit] = target
    return split


def _move(counts, present, split, random, enough, splits: int) -> tuple[int, int] | None:
    """A unit and the split that lacks its class; None where no move is left."""
    held = np.stack([present[split == number].sum(axis=0) for number in range(splits)])
    for target, column in np.argwhere((held == 0) & enough):
        source = held[:, column].argmax()
        units = np.flatnonzero(present[:, column] & (split == source))
        units = units[~present[units][:, (held[source] == 1) & enough].any(axis=1)]
        if len(units):
            return units[np.lexsort((random[units], counts[units].sum(axis=1)))[0]], target
    return None


def whole(counts: np.ndarray, names: list[str], fractions: np.ndarray, seed: int) -> np.ndarray:
    """Split of a few large units, e.g. chromosomes (units,): no empty split, fractions as near as a search finds.

    From several random starts, units are moved and pairs are swapped while that improves the fractions.
    """
    weights = counts / counts.sum(axis=0)
    keys = random_keys.keys(names, seed, "chromosomes")[:, None]
    starts = random_keys.unit(random_keys.bits(keys, np.arange(_RESTARTS)[None, :])).T
    edges = np.cumsum(fractions)[:-1]
    found = [_search(weights, np.searchsorted(edges, start, "right"), fractions) for start in starts]

    def cost(split: np.ndarray) -> float:
        held, units = _held(weights, split, len(fractions))
        return round(float(_split_cost(held, units, fractions[:, None]).sum()), 12)

    return min(found, key=cost).astype(np.int8)


def _held(weights: np.ndarray, split: np.ndarray, splits: int) -> tuple[np.ndarray, np.ndarray]:
    """Fraction of each class in each split; and its number of units, the last column of all: (splits, classes + 1)."""
    dealt = split == np.arange(splits)[:, None]
    fraction = dealt.astype(float) @ weights
    return fraction, np.column_stack([dealt.astype(int) @ (weights > 0), dealt.sum(axis=1)])


def _split_cost(held: np.ndarray, units: np.ndarray, fraction: np.ndarray) -> np.ndarray:
    """Distance of a split from its fraction; a missing class costs more than that, an empty split most."""
    missing = (units[..., :-1] == 0).sum(axis=-1) * 10 + (units[..., -1] == 0) * 10_000
    return ((held - fraction) ** 2).sum(axis=-1) + missing


def _search(weights: np.ndarray, split: np.ndarray, fractions: np.ndarray) -> np.ndarray:
    """The splits after the best move or swap, repeated until none helps."""
    n, splits = len(weights), len(fractions)
    moved = np.repeat(np.arange(n), splits), np.full(n * splits, n), np.tile(np.arange(splits), n)
    pairs = np.triu_indices(n, 1) if n <= _PAIRS_UP_TO else (np.empty(0, int), np.empty(0, int))
    one, other = np.r_[moved[0], pairs[0]], np.r_[moved[1], pairs[1]]  # `other` is n where nothing comes back
    present = np.column_stack([weights > 0, np.ones(n, bool)]).astype(int)
    weight_change = weights[one] - np.vstack([weights, 0 * weights[:1]])[other]
    unit_change = present[one] - np.vstack([present, 0 * present[:1]])[other]
    split = split.copy()
    while True:
        held, units = _held(weights, split, splits)
        origin, target = split[one], np.r_[moved[2], split[pairs[1]]]
        now = _split_cost(held, units, fractions[:, None])
        after = _split_cost(held[origin] - weight_change, units[origin] - unit_change, fractions[origin][:, None])
        after += _split_cost(held[target] + weight_change, units[target] + unit_change, fractions[target][:, None])
        gain = np.where(origin == target, 0, now[origin] + now[target] - after)
        best = gain.argmax()
        if gain[best] < 1e-9:
            return split
        split[one[best]] = target[best]
        if other[best] < n:
            split[other[best]] = origin[best]
