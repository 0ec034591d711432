"""Chance that depends on a seed, a name and a counter only: not on row order, batches or threads."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

import numpy as np

# splitmix64: Steele, Lea and Flood, OOPSLA 2014; constants of the reference implementation
_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


def keys(names: Iterable[str], seed: int, purpose: str) -> np.ndarray:
    """One uint64 a name: where its own stream of random numbers begins.

    `purpose` keeps apart what two steps draw for the same name under the same seed.
    """
    base = blake2b(f"{seed}\0{purpose}\0".encode(), digest_size=8)
    digests = []
    for name in names:
        state = base.copy()
        state.update(name.encode())
        digests.append(state.digest())
    return np.frombuffer(b"".join(digests), dtype="<u8").astype(np.uint64)


def bits(key: np.ndarray, counter: np.ndarray) -> np.ndarray:
    """64 random bits for every pair of key and counter, broadcast against each other."""
    state = np.asarray(counter).astype(np.uint64) + np.uint64(1)
    state = np.atleast_1d(state) * _GAMMA + np.atleast_1d(key)
    state ^= state >> np.uint64(30)
    state *= _MIX_1
    state ^= state >> np.uint64(27)
    state *= _MIX_2
    state ^= state >> np.uint64(31)
    return state


def unit(random: np.ndarray) -> np.ndarray:
    """Random bits as numbers in [0, 1), all 53 binary digits random."""
    return (random >> np.uint64(11)) * 2.0**-53
