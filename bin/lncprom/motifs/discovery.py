"""Patterns in windows: words that stand there too often, grown into matrices by ungapped alignment on both strands.

Greedy: the 6-mer that most exceeds its rate in windows beside these starts a matrix of 11 columns; windows that fit the
matrix join it and change it until none joins or leaves; its members are then out of play and the next word is looked
for, until no word stands out (likelihood ratio test, Bonferroni over words). In the end all windows choose again among
all matrices, so that one that had taken in two motifs gives one of them back; variants of one motif are made one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import stats

from lncprom.genome.bases import UNKNOWN
from lncprom.motifs.seqlets import Windows

COLUMNS, WORD = 11, 6
REACH, _MARGIN = 9, 4  # letters of a stretch on either side of its centre; further ones to shift a matrix into
STRETCH = 2 * REACH + 1
PLACES = 2 * (STRETCH - COLUMNS + 1)  # on both strands
GROWING_BITS = 9.0  # while a matrix grows: only clear sites shape it, so that it takes in no second motif
MEMBER_BITS = 6.5  # from where on a window is a member: 2.3 bits above what one of 18 places has by chance
VARIANT = 0.3  # share of members that a larger pattern would take: what is more is a variant of it
TRIM_BITS = 0.3  # end columns with less are cut off
FEWEST, NARROWEST, MOST = 10, 5, 15  # members; columns; patterns
_ROUNDS, _ALPHA = 20, 0.05
_PSEUDOCOUNT = 1.0  # counts added to each column while a matrix grows, by the windows' base composition
_WORDS = 4**WORD


class Stretches(NamedTuple):
    """The letters about each window: (n, 27) with the margin, and as places in a matrix: (n, 18, 11); its half."""

    letters: np.ndarray
    places: np.ndarray
    half: np.ndarray

    @property
    def size(self) -> int:
        return len(self.letters)


class Pattern(NamedTuple):
    """Counts (4, width) of a trimmed matrix, its members, and what tells whether other windows hold it.

    Of each member: the window's number, the strand (True: reversed), and the distance of the pattern's first column
    (on the strand that is read, so its leftmost one) from the window's centre. `odds` is (2, 11, 5): log2 odds from the
    members in the second half of the sequences, and from those in the first; a window is judged by the half it is not
    in, so that no window helps to find itself.
    """

    counts: np.ndarray
    members: np.ndarray
    reverse: np.ndarray
    offset: np.ndarray
    odds: np.ndarray


def stretches(codes: np.ndarray, windows: Windows, half: np.ndarray) -> Stretches:
    """The 19 letters about each window's centre (4 outside the sequence), in all 18 places on both strands.

    `half`: of each row of `codes`, 0 or 1.
    """
    reach = REACH + _MARGIN
    padded = np.pad(codes, ((0, 0), (reach, reach)), constant_values=UNKNOWN)
    letters = padded[windows.row[:, None], windows.centre[:, None] + np.arange(2 * reach + 1)]
    both = [strand[:, _MARGIN : _MARGIN + STRETCH] for strand in (letters, _reverse(letters))]
    places = [np.lib.stride_tricks.sliding_window_view(strand, COLUMNS, axis=1) for strand in both]
    index = np.concatenate(places, axis=1) + np.arange(0, 5 * COLUMNS, 5, dtype=np.uint8)
    return Stretches(letters, index, half[windows.row])


def find(here: Stretches, there: Stretches) -> list[Pattern]:
    """Patterns of the windows here that stand out from those there, in the order in which they were found."""
    if here.size < FEWEST or not there.size:
        return []
    letters = np.bincount(there.letters.ravel(), minlength=5)[:4] + 1.0
    background = (letters + letters[::-1]) / (2 * letters.sum())  # shares of A, C, G, T on both strands
    rate = (_tally(_words(there)) + 1) / (there.size + 2)
    words = _words(here)
    free, tried, grown = np.ones(here.size, dtype=bool), np.zeros(_WORDS, dtype=bool), []
    while len(grown) < MOST and free.sum() >= FEWEST:
        word = _striking(_tally(words[free]), int(free.sum()), rate, tried)
        if word is None:
            break
        tried[word] = True
        rows = np.flatnonzero(free)
        members, place = _starting(word, here, words, rows)
        start = log_odds(_counts(here, members, place, 0), background)
        matrices = _settled([start], here, rows, background, GROWING_BITS)
        members, _ = _members(matrices, here, rows, MEMBER_BITS)[0]
        if len(members) >= FEWEST:
            grown += matrices
            free[members] = False
    everyone = np.arange(here.size)
    matrices = _merged(_settled(grown, here, everyone, background, MEMBER_BITS), here, everyone)
    matrices = _settled(matrices, here, everyone, background, MEMBER_BITS)
    laid = _members(matrices, here, everyone, MEMBER_BITS)
    return [pattern for both in laid if (pattern := _pattern(here, *both, background))]


def holds(pattern: Pattern, among: Stretches) -> np.ndarray:
    """Which windows hold the pattern, in any place on either strand, by the matrix of the half they are not in."""
    found = np.zeros(among.size, dtype=bool)
    for half, odds in enumerate(pattern.odds):
        mine = among.half == half
        found[mine] = odds.ravel()[among.places[mine]].sum(axis=2).max(axis=1) >= MEMBER_BITS
    return found


def occurrences(pattern: Pattern, codes: np.ndarray, half: np.ndarray) -> np.ndarray:
    """As `holds`, for a window about every position of every sequence: (n, positions) bool."""
    return np.lib.stride_tricks.sliding_window_view(_hits(pattern, codes, half), PLACES // 2, axis=1).any(axis=2)


def sites(pattern: Pattern, codes: np.ndarray, half: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where sequences hold the pattern, on either strand: sequence, and position of the middle of its 11 columns."""
    first = REACH - COLUMNS // 2  # where a matrix begins whose middle is the first base
    return np.nonzero(_hits(pattern, codes, half)[:, first : first + codes.shape[1]])


def _hits(pattern: Pattern, codes: np.ndarray, half: np.ndarray) -> np.ndarray:
    """At which places the pattern's matrix may begin, from 9 bases before the first base: (n, positions + 8) bool."""
    found = np.zeros((len(codes), codes.shape[1] + 2 * REACH - COLUMNS + 1), dtype=bool)
    for at, odds in enumerate(pattern.odds):
        mine = half == at
        padded = np.pad(codes[mine], ((0, 0), (REACH, REACH)), constant_values=UNKNOWN)
        starts = found.shape[1]
        for strand in (odds, np.column_stack([odds[::-1, 3::-1], odds[::-1, 4]])):
            total = np.zeros((len(padded), starts))
            for column in range(COLUMNS):
                total += strand[column][padded[:, column : column + starts]]
            found[mine] |= total >= MEMBER_BITS
    return found


def information(shares: np.ndarray) -> np.ndarray:
    """Bits of each column of (4, width), against equal shares."""
    known = np.where(shares > 0, shares, 1)
    return 2 + (known * np.log2(known)).sum(axis=0)


def trim(counts: np.ndarray) -> tuple[int, int]:
    """First column and the one after the last, without columns of little information at the ends."""
    good = np.flatnonzero(information(counts / np.maximum(counts.sum(axis=0), 1)) >= TRIM_BITS)
    return (int(good[0]), int(good[-1]) + 1) if good.size else (0, 0)


def _striking(counts: np.ndarray, of: int, rate: np.ndarray, tried: np.ndarray) -> int | None:
    """The word that most exceeds its rate, if it does beyond chance."""
    share = counts / of
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = counts * np.log(share / rate) + np.where(share < 1, (of - counts) * np.log((1 - share) / (1 - rate)), 0)
    ratio[(share <= rate) | tried | (counts < FEWEST)] = 0
    best = int(ratio.argmax())
    limit = stats.chi2.isf(_ALPHA / (_WORDS / 2), 1) / 2
    return best if ratio[best] > limit else None


def _settled(matrices: list, among: Stretches, rows: np.ndarray, background: np.ndarray, bits: float) -> list:
    """The matrices after windows have gone to that which fits them best, and each has become what its members say."""
    before: list[list] = []
    for _ in range(_ROUNDS):
        laid = _members(matrices, among, rows, bits)
        shifts = [_shift(among, *both) for both in laid]
        counts = [_counts(among, *both, shift) for both, shift in zip(laid, shifts, strict=True)]
        matrices = [log_odds(part, background) for part in counts]
        now = [[part.tolist() for part in both] for both in laid]
        if not any(shifts) and now == before:
            break
        before = now
    return matrices


def _merged(matrices: list[np.ndarray], among: Stretches, rows: np.ndarray) -> list[np.ndarray]:
    """The matrices without those whose members a larger one would take as well: variants of one motif."""
    laid = [members for members, _ in _members(matrices, among, rows, MEMBER_BITS)]
    kept: list[int] = []
    for at in sorted(range(len(matrices)), key=lambda number: -len(laid[number])):
        mine = among.places[laid[at]]
        held = (matrices[larger].ravel()[mine].sum(axis=2).max(axis=1) >= MEMBER_BITS for larger in kept)
        if len(mine) and not any(share.mean() >= VARIANT for share in held):
            kept.append(at)
    return [matrices[at] for at in sorted(kept)]


def _members(matrices: list, among: Stretches, rows: np.ndarray, bits: float) -> list[tuple[np.ndarray, np.ndarray]]:
    """For each matrix the windows that fit it better than any other, and well enough, with their place in it."""
    if not matrices:
        return []
    score = np.stack([odds.ravel()[among.places[rows]].sum(axis=2) for odds in matrices])
    place, best = score.argmax(axis=2), score.max(axis=2)
    good = (best.argmax(axis=0) == np.arange(len(matrices))[:, None]) & (best >= bits)
    return [(rows[mine], place[at, mine]) for at, mine in enumerate(good)]


def _pattern(among: Stretches, members: np.ndarray, place: np.ndarray, background: np.ndarray) -> Pattern | None:
    counts = _counts(among, members, place, 0)
    low, high = trim(counts)
    if len(members) < FEWEST or high - low < NARROWEST:
        return None
    reverse = place >= PLACES // 2
    first = place % (PLACES // 2) + low  # column of the stretch, on the pattern's strand
    offset = np.where(reverse, STRETCH - first - (high - low), first) - REACH
    halves = [_counts(among, members[mine], place[mine], 0) for mine in (among.half[members] != at for at in (0, 1))]
    both = np.stack([log_odds(part, background) for part in halves])
    return Pattern(counts[:, low:high], members, reverse, offset, both)


def _starting(word: int, among: Stretches, words: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The windows that hold a word, and the place that puts it into the middle columns, or as near as it can be."""
    hit = words[rows] == word
    rows, at = rows[hit.any(axis=1)], hit.argmax(axis=1)[hit.any(axis=1)]
    letters = among.letters[rows[:, None], _MARGIN + at[:, None] + np.arange(WORD)]
    reverse = _number(letters) != word
    start = np.where(reverse, STRETCH - WORD - at, at) - (COLUMNS - WORD) // 2
    return rows, reverse * (PLACES // 2) + np.clip(start, 0, PLACES // 2 - 1)


def _words(among: Stretches) -> np.ndarray:
    """The 6-mers at 14 places of each stretch by number, of a word and its reverse complement the lower; -1 where N."""
    letters = among.letters[:, _MARGIN : _MARGIN + STRETCH]
    view = np.lib.stride_tricks.sliding_window_view(letters, WORD, axis=1)
    unknown = np.pad(np.cumsum(letters == UNKNOWN, axis=1), ((0, 0), (1, 0)))
    return np.where(unknown[:, WORD:] > unknown[:, :-WORD], -1, _EITHER[_number(np.minimum(view, 3))])


def _number(letters: np.ndarray) -> np.ndarray:
    return letters @ (4 ** np.arange(WORD - 1, -1, -1, dtype=np.int32))


def _tally(words: np.ndarray) -> np.ndarray:
    """How many windows hold each word."""
    ordered = np.sort(words, axis=1)
    first = np.column_stack([np.ones(len(words), dtype=bool), ordered[:, 1:] != ordered[:, :-1]])
    return np.bincount(ordered[first & (ordered >= 0)], minlength=_WORDS)


def _counts(among: Stretches, members: np.ndarray, place: np.ndarray, shift: int, width: int = COLUMNS) -> np.ndarray:
    """Letters in each column (4, width) of the members laid in their places, `shift` columns to the right."""
    letters = among.letters[members]
    letters = np.where((place >= PLACES // 2)[:, None], _reverse(letters), letters)
    columns = _MARGIN + place % (PLACES // 2) + shift
    letters = np.take_along_axis(letters, columns[:, None] + np.arange(width), axis=1)
    return np.stack([(letters == base).sum(axis=0) for base in range(4)]).astype(float)


def _shift(among: Stretches, members: np.ndarray, place: np.ndarray) -> int:
    """By how many columns the matrix should move to hold the most information."""
    wide = _counts(among, members, place, -_MARGIN, COLUMNS + 2 * _MARGIN)
    bits = information((wide + 0.25) / (wide.sum(axis=0) + 1))
    sums = np.convolve(bits, np.ones(COLUMNS), mode="valid")
    best = int(sums.argmax())
    return best - _MARGIN if sums[best] > sums[_MARGIN] + 0.1 else 0


def log_odds(counts: np.ndarray, background: np.ndarray) -> np.ndarray:
    """Log2 of shares over background, (columns, 5); an unknown letter counts 0."""
    shares = (counts + _PSEUDOCOUNT * background[:, None]) / (counts.sum(axis=0) + _PSEUDOCOUNT)
    return np.column_stack([np.log2(shares / background[:, None]).T, np.zeros(counts.shape[1])])


def _reverse(letters: np.ndarray) -> np.ndarray:
    """The other strand of each row, read in its direction."""
    return np.array([3, 2, 1, 0, UNKNOWN], np.uint8)[letters[:, ::-1]]


# Of each word and its reverse complement, the number of that which comes first in the alphabet
_LETTERS = np.indices((4,) * WORD).reshape(WORD, -1).T
_EITHER = np.minimum(_number(_LETTERS), _number(3 - _LETTERS[:, ::-1]))
