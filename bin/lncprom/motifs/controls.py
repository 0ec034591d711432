"""Is a pattern there because the model looks at it? The same chain on what no model chose, and patterns counted there.

Three questions are asked of each pattern, each of windows that did not help to make its matrix:
1. Is it more frequent than in windows 15 to 60 bases away in the same sequences? Else it is `chance`.
2. Is it more frequent than in the windows of the controls (randomly initialised model, shuffled labels)? Else it is
   `chance`.
3. Is it more frequent than at the same positions of other sequences of the class, where these have no window; and this
   by more than any pattern is that the same chain makes of 50 draws of windows at these positions? Then it is `found`,
   else it is at its `place`: the model may look at the place rather than the motif, or nearly every sequence has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lncprom.motifs import discovery, enrichment_tests, seqlets
from lncprom.motifs.discovery import Pattern, Stretches
from lncprom.motifs.seqlets import Windows

DRAWS = 50  # of windows at the same positions: nothing as good among them is p = 1/51
NEARBY = 10  # windows in the neighbourhood of each
LEVEL = 0.02
CLEAR = 1e-3  # p-value against windows nearby; a pattern began as the best of 2,080 words there
_FEWEST = 10  # sequences without a window there, to take a share of
FOUND, PLACE, CHANCE = "found", "place", "chance"


class Chain(NamedTuple):
    """Windows, the letters about them and about those nearby, and the patterns, most members first."""

    windows: Windows
    here: Stretches
    nearby: Stretches
    patterns: list[Pattern]


def chain(codes: np.ndarray, windows: Windows, half: np.ndarray, chance: np.random.Generator) -> Chain:
    """Patterns that stand out in these windows from those beside them."""
    drawn = [seqlets.nearby(windows, codes, chance) for _ in range(NEARBY)]
    beside = Windows(*(np.concatenate(parts) for parts in zip(*drawn, strict=True)))
    here, nearby = (discovery.stretches(codes, part, half) for part in (windows, beside))
    patterns = sorted(discovery.find(here, nearby), key=lambda pattern: -len(pattern.members))
    return Chain(windows, here, nearby, patterns)


def same_place(
    pattern: Pattern, made: Chain, codes: np.ndarray, rows: np.ndarray, half: np.ndarray
) -> tuple[float, float]:
    """How many windows would hold the pattern, if each lay where it lies, but in a sequence that has none there, and p.

    Chances are shares of the other sequences of the same half without a window within 9 bases; of all others where
    these are fewer than 10. The p-value is exact: the number of successes in trials of unequal chances.
    """
    found = np.zeros(codes.shape, dtype=bool)
    found[rows] = discovery.occurrences(pattern, codes[rows], half[rows])
    known = codes != seqlets.UNKNOWN
    row, centre = made.windows.row, made.windows.centre
    taken = seqlets.covered(codes, row, centre - discovery.REACH, centre + discovery.REACH + 1)
    free = known & ~taken
    chances = np.zeros(made.windows.size)
    for at in (0, 1):
        others, mine = rows[half[rows] == at], half[row] == at
        own = found[row[mine], centre[mine]] & known[row[mine], centre[mine]]
        every = (found & known)[others].sum(axis=0)[centre[mine]] - own
        of_every = known[others].sum(axis=0)[centre[mine]] - known[row[mine], centre[mine]]
        passed, of_passed = ((part & free)[others].sum(axis=0)[centre[mine]] for part in (found, known))
        enough = of_passed >= _FEWEST
        chances[mine] = np.where(enough, passed, every) / np.maximum(np.where(enough, of_passed, of_every), 1)
    observed = int(discovery.holds(pattern, made.here).sum())
    return float(chances.sum()), at_least(observed, chances)


def at_least(successes: int, chances: np.ndarray) -> float:
    """Probability of so many successes or more in independent trials of these chances (Poisson binomial)."""
    mass = np.zeros(len(chances) + 1)
    mass[0] = 1
    for number, chance in enumerate(np.sort(chances[chances > 0]), start=1):
        mass[1 : number + 1] = mass[1 : number + 1] * (1 - chance) + mass[:number] * chance
        mass[0] *= 1 - chance
    return float(min(1.0, mass[successes:].sum()))


def best_at_random(
    windows: Windows, codes: np.ndarray, rows: np.ndarray, half: np.ndarray, chance: np.random.Generator
) -> np.ndarray:
    """The smallest p-value of `same_place` among the patterns of each of 50 draws of windows; 1 where there is none."""
    best = np.ones(DRAWS)
    for draw in range(DRAWS):
        made = chain(codes, seqlets.elsewhere(windows, codes, rows, chance), half, chance)
        if made.patterns:
            best[draw] = min(same_place(pattern, made, codes, rows, half)[1] for pattern in made.patterns)
    return best


def evidence(
    same: np.ndarray, at_random: np.ndarray, nearby: np.ndarray, others: Sequence[np.ndarray], fdr: float
) -> tuple[list[str], np.ndarray]:
    """`found`, `place` or `chance` of each pattern, and the share of random chains that hold one as far above chance.

    A control without windows holds nothing and is beaten (its p-values are NaN).

    Parameters
    ----------
    same, at_random
        p-values of `same_place`, and of the best patterns of the random chains.
    nearby, others
        p-values against the windows nearby, and against those of each control.
    """
    family = (1 + (at_random[None, :] <= same[:, None]).sum(axis=1)) / (len(at_random) + 1)
    sound = nearby <= CLEAR
    for p in others:
        sound &= np.isnan(p) | (enrichment_tests.false_discovery(p) <= fdr)
    words = np.where(~sound, CHANCE, np.where(family <= LEVEL, FOUND, PLACE))
    return words.tolist(), family
