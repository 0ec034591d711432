"""Is a pattern there because the model looks at it? The same chain on what no model chose, and patterns counted there.

Four questions are asked of each pattern, each of windows that did not help to make its matrix:
1. Is it more frequent than in windows 15 to 60 bases away in the same sequences? Else it is `chance`.
2. Is it more frequent than in the windows of the controls (randomly initialised model, shuffled labels)? Else it is
   `chance`.
3. Is the importance of its places above what their composition explains (`composition.py`)? Else it is `composition`.
4. Is it more frequent than at the same positions of other sequences of the class, where these have no window; and this
   by more than any pattern is that the same chain makes of 50 draws of windows at these positions? Then it is `found`,
   else it is at its `place`: the model may look at the place rather than the motif, or nearly every sequence has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lncprom import cli, random_keys
from lncprom.motifs import composition, discovery, enrichment_tests, seqlets
from lncprom.motifs.composition import Expected
from lncprom.motifs.discovery import Pattern, Stretches
from lncprom.motifs.seqlets import Windows
from lncprom.motifs.sequences_and_scores import Scored

CLASSES = {"positive": (1, 1), "negative": (0, -1)}  # label, and the sign that makes a score speak for it
RANDOM = "random"  # the control of random windows
MOST_SAMPLES = 2500  # of a class; of more, as many are chosen at random
DRAWS = 50  # of windows at the same positions: nothing as good among them is p = 1/51
NEARBY = 10  # windows in the neighbourhood of each
LEVEL = 0.02
CLEAR = 1e-3  # p-value against windows nearby; a pattern began as the best of 2,080 words there
_FEWEST = 10  # sequences without a window there, to take a share of
FOUND, PLACE, COMPOSITION, CHANCE = EVIDENCE = "found", "place", "composition", "chance"


class Settings(NamedTuple):
    """What the results are of, where the windows come from, the rate of false discovery, the seed."""

    name: str
    model: str
    source: str
    fdr: float
    seed: int


class Chain(NamedTuple):
    """Windows, the letters about them and about those nearby, and the patterns, most members first."""

    windows: Windows
    here: Stretches
    nearby: Stretches
    patterns: list[Pattern]


class Side(NamedTuple):
    """One control and class: the rows of the data that are looked at, their windows and patterns."""

    control: str
    kind: str
    rows: np.ndarray
    made: Chain

    @property
    def title(self) -> str:
        return f"{self.control or 'as trained'}, {self.kind}"

    @property
    def about(self) -> dict[str, str]:
        """Its columns in every table."""
        return {"control": self.control, "class": self.kind}


def samples(scored: Scored, seed: int) -> dict[str, np.ndarray]:
    """By class, the rows that are looked at: 2,500 at most; of an unsigned method those of the positive class only."""
    chosen = {}
    for kind in CLASSES if scored.signed else ["positive"]:
        everyone = np.flatnonzero(scored.label == CLASSES[kind][0])
        chosen[kind] = np.sort(random_keys.of_words(seed, "samples", kind).permutation(everyone)[:MOST_SAMPLES])
    return chosen


def halves(group: np.ndarray, seed: int) -> np.ndarray:
    """0 or 1 for each sample, the same in a group: patterns of one half are looked for in the other."""
    groups = int(group.max()) + 1
    return random_keys.of_words(seed, "halves").permutation(np.arange(groups) % 2)[group]


def seen(scored: Scored, control: str, rows: np.ndarray) -> np.ndarray:
    """Those of the rows of which the control's scores are known."""
    return rows[~np.isnan(scored.scores[control][rows]).all(axis=1)]


def chains(scored: Scored, members: dict[str, np.ndarray], half: np.ndarray, settings: Settings) -> list[Side]:
    """Windows and patterns of the model as trained, of random windows at its places, and of the other controls."""
    found = []
    for control in sorted(scored.scores):
        for kind, every in members.items():
            rows = seen(scored, control, every)
            windows = _windows(scored, control, kind, rows, settings)
            mine = random_keys.of_words(settings.seed, "chain", control, kind)
            found.append(Side(control, kind, rows, chain(scored.codes, windows, half, mine)))
            if not control:
                lot = seqlets.elsewhere(windows, scored.codes, rows, mine)
                found.append(Side(RANDOM, kind, rows, chain(scored.codes, lot, half, mine)))
    for side in found:
        cli.say(f"{side.title}: {side.made.windows.size:,} {settings.source}, {len(side.made.patterns)} patterns")
    return found


def judge(
    sides: list[Side], codes: np.ndarray, half: np.ndarray, expected: Expected, settings: Settings
) -> dict[tuple[str, str], list[dict]]:
    """By control and class, for each pattern the columns of motifs.tsv from `matches` to `evidence`."""
    judged = {}
    for side in sides:
        held, made = {"nearby": side.made.nearby}, side.made
        if not side.control:
            others = [other for other in sides if other.kind == side.kind and other.control not in ("", RANDOM)]
            held |= {other.control: other.made.here for other in others}
        found = judged[side.control, side.kind] = []
        for pattern in made.patterns:
            number, p = same_place(pattern, made, codes, side.rows, half)
            found.append(_against(pattern, made.here, held) | {"random_expected": number, "random_p": p})
            if not side.control:
                row, middle = discovery.sites(pattern, codes[side.rows], half[side.rows])
                found[-1] |= composition.above(expected, side.rows[row], middle, CLASSES[side.kind][1])
        if found and not side.control:
            cli.say(f"{side.title}: {DRAWS} draws of windows at the same positions of other sequences")
            mine = random_keys.of_words(settings.seed, "lot", side.kind)
            at_random = best_at_random(made.windows, codes, side.rows, half, mine)
            names = ("random", "composition", *held)
            same, letters, nearby, *others = (np.array([row[f"{name}_p"] for row in found]) for name in names)
            words, family = evidence(same, at_random, nearby, others, letters, settings.fdr)
            for row, word, p in zip(found, words, family.tolist(), strict=True):
                row |= {"evidence": word, "random_family_p": p}
    return judged


def _against(pattern: Pattern, here: Stretches, held: dict[str, Stretches]) -> dict:
    matches = int(discovery.holds(pattern, here).sum())
    row = {"matches": matches, "windows": here.size}
    for name, there in held.items():
        number = int(discovery.holds(pattern, there).sum())
        row |= {f"{name}_matches": number, f"{name}_windows": there.size}
        odds = enrichment_tests.enriched(matches, here.size, number, there.size)
        row |= {f"{name}_{part.removesuffix('_value')}": float(value) for part, value in odds.items()}
    return row


def _windows(scored: Scored, control: str, kind: str, rows: np.ndarray, settings: Settings) -> Windows:
    label, sign = CLASSES[kind]
    given = scored.scores[control] * sign
    if settings.source == "seqlets":
        held = given[seen(scored, control, np.flatnonzero(scored.label != label))]
        windows = seqlets.recursive(scored.codes[rows], given[rows], held, settings.fdr)
    else:
        windows = seqlets.best(scored.codes[rows], given[rows])
    return windows._replace(row=rows[windows.row])


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
    free = known & ~seqlets.covered(codes, row, centre - discovery.REACH, centre + discovery.REACH + 1)
    chances = np.zeros(made.windows.size)
    for at in (0, 1):
        others, mine = rows[half[rows] == at], half[row] == at
        place = row[mine], centre[mine]
        every, of_every = (part[others].sum(axis=0)[centre[mine]] - part[place] for part in (found & known, known))
        passed, of_passed = ((part & free)[others].sum(axis=0)[centre[mine]] for part in (found, known))
        enough = of_passed >= _FEWEST
        chances[mine] = np.where(enough, passed, every) / np.maximum(np.where(enough, of_passed, of_every), 1)
    return float(chances.sum()), at_least(int(discovery.holds(pattern, made.here).sum()), chances)


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
    best = []
    for _ in range(DRAWS):
        made = chain(codes, seqlets.elsewhere(windows, codes, rows, chance), half, chance)
        best.append(min((same_place(pattern, made, codes, rows, half)[1] for pattern in made.patterns), default=1.0))
    return np.array(best)


def evidence(
    same: np.ndarray,
    at_random: np.ndarray,
    nearby: np.ndarray,
    others: Sequence[np.ndarray],
    letters: np.ndarray,
    fdr: float,
) -> tuple[list[str], np.ndarray]:
    """The word for each pattern, and the share of random chains that hold one as far above chance.

    A control without windows holds nothing and is beaten (its p-values are NaN).

    Parameters
    ----------
    same, at_random
        p-values of `same_place`, and of the best patterns of the random chains.
    nearby, others
        p-values against the windows nearby, and against those of each control.
    letters
        p-values against composition.
    """
    family = (1 + (at_random[None, :] <= same[:, None]).sum(axis=1)) / (len(at_random) + 1)
    sound = nearby <= CLEAR
    for p in others:
        sound &= np.isnan(p) | (enrichment_tests.false_discovery(p) <= fdr)
    beyond = enrichment_tests.false_discovery(letters) <= fdr
    words = np.select([~sound, ~beyond, family <= LEVEL], [CHANCE, COMPOSITION, FOUND], PLACE)
    return words.tolist(), family
