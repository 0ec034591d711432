"""Sequences with randomly replaced bases, as arrays of letters, and back to text."""

from __future__ import annotations

import numpy as np

BASES = np.frombuffer(b"ACGT", np.uint8)


def codes(text: str) -> np.ndarray:
    return np.frombuffer(text.encode("ascii"), np.uint8)


def texts(letters: np.ndarray) -> list[str]:
    """One string a row."""
    length = letters.shape[1]
    whole = np.ascontiguousarray(letters).tobytes().decode("ascii")
    return [whole[at : at + length] for at in range(0, len(whole), length)]


def others(text: np.ndarray, draw: np.random.Generator, times: int) -> np.ndarray:
    """(times, bases): at each base one of the other three, drawn evenly; at an N one of all four."""
    place = np.full(256, -1)
    place[BASES] = range(4)
    here = place[text]
    step = draw.integers(1, 4, (times, len(text)))
    anything = draw.integers(0, 4, (times, len(text)))
    return BASES[np.where(here >= 0, (here + step) % 4, anything)]


def anything(length: int, draw: np.random.Generator, times: int) -> np.ndarray:
    """(times, length): each base one of the four, drawn evenly."""
    return BASES[draw.integers(0, 4, (times, length))]
