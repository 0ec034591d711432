"""What a model sees of a sequence that is too long for it: chosen by name, never in silence, and counted.

tss     the longest stretch that fits and holds the TSS and all bases downstream of it (the default)
right   the right end is cut off, so the stretch begins with the first base: what tokenizers do by default
left    the left end is cut off
chunk   nothing is cut: stretches one after another, a sequence's logits being the mean over its stretches
error   a sequence that is too long is refused
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from lncprom.errors import InputError

WAYS = ("tss", "right", "left", "chunk", "error")

# How many bases of each text fit, counted from its start, or (True) from its end; the whole length where all do.
Room = Callable[[Sequence[str], bool], np.ndarray]


class Stretches(NamedTuple):
    """Parts of sequences, int64 each: the sequence's index (ascending), first base, base after the last."""

    sample: np.ndarray
    first: np.ndarray
    last: np.ndarray


def stretches(
    sequences: Sequence[str],
    names: Sequence[str],
    room: Room,
    way: str = "tss",
    tss_index: int | None = None,
    overlap: int = 0,
) -> Stretches:
    """The stretches of each sequence that the model sees, one a sequence but for `chunk`.

    `overlap`: bases that neighbouring chunks share, so that none of the tokens across a border is lost.
    """
    if way not in WAYS:
        raise InputError(f"truncation {way!r} is none of {', '.join(WAYS)}")
    lengths = np.array([len(sequence) for sequence in sequences], np.int64)
    sample, first, last = np.arange(len(lengths)), np.zeros_like(lengths), lengths.copy()
    room_right = room(sequences, False)
    long = np.flatnonzero(room_right < lengths)
    if not len(long):
        return Stretches(sample, first, last)
    texts = [sequences[at] for at in long]
    if way == "error":
        at = long[0]
        raise InputError(
            f"{names[at]}: {lengths[at]:,} bases, the model sees {room_right[at]:,} of them at once; shorten it, or "
            "choose --truncation tss, right, left or chunk"
        )
    if way == "chunk":
        return _chunks(sequences, room, overlap, lengths)
    if way == "right":
        last[long] = room_right[long]
        return Stretches(sample, first, last)
    first[long] = lengths[long] - room(texts, True)
    if way == "tss":
        if tss_index is None:
            raise InputError(
                f"{names[long[0]]}: {lengths[long[0]]:,} bases, the model sees {room_right[long[0]]:,} of them "
                "at once, and no TSS is known to keep; give --tss-index with the data, or choose --truncation right, "
                "left or chunk"
            )
        outside = long[lengths[long] <= tss_index]
        if len(outside) or tss_index < 0:
            at = outside[0] if len(outside) else 0
            raise InputError(
                f"{names[at]}: has no base at the TSS index {tss_index}, there are {lengths[at]:,} from 0 on; "
                "give the right --tss-index, or choose --truncation right, left or chunk"
            )
        late = long[first[long] > tss_index]  # not even all that is downstream fits: the TSS and what follows
        first[late] = tss_index
        last[late] = tss_index + room([sequences[at][tss_index:] for at in late], False)
    return Stretches(sample, first, last)


def _chunks(sequences: Sequence[str], room: Room, overlap: int, lengths: np.ndarray) -> Stretches:
    found: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    active, first = np.arange(len(lengths)), np.zeros_like(lengths)
    while len(active):
        last = first + room([sequences[at][begin:] for at, begin in zip(active, first, strict=True)], False)
        found.append((active, first, last))
        more = last < lengths[active]
        active, first = active[more], last[more] - overlap
    sample, first, last = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = np.lexsort((first, sample))
    return Stretches(sample[order], first[order], last[order])
