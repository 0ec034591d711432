"""Every derivation of random numbers: each depends on a seed, a name and a purpose, not on row order or threads.

`keys`, `bits` and `unit` serve arrays of names; the functions below them give one generator for one purpose. Each
generator keeps its own formula, because a new formula would change the results of earlier versions.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b, sha256
from zlib import crc32

import numpy as np

# splitmix64: Steele, Lea and Flood, OOPSLA 2014; constants of the reference implementation
_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


def keys(names: Iterable[str], seed: int, purpose: str) -> np.ndarray:
    """One uint64 a name: where its own stream of random numbers begins.

    `purpose` keeps apart what two steps draw for the same name under the same seed.
    """
    base = f"{seed}\0{purpose}\0".encode()
    digests = b"".join(blake2b(base + name.encode(), digest_size=8).digest() for name in names)
    return np.frombuffer(digests, dtype="<u8").astype(np.uint64)


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


def named(name: str, seed: int, purpose: str) -> np.random.Generator:
    """Generator of one model, data set or table: bootstrap replicates, permutations."""
    return np.random.default_rng(int(keys([name], seed, purpose)[0]))


def of_sample(seed: int, sample: str, purpose: str) -> np.random.Generator:
    """Generator of one sample of a data set: bases that an explanation replaces."""
    return np.random.default_rng(list(sha256(f"{seed}:{purpose}:{sample}".encode()).digest()))


def sample_rank(seed: int, sample: str) -> str:
    """Sort key that puts the samples of a data set in a random order: a few are the first of many."""
    return sha256(f"{seed}:{sample}".encode()).hexdigest()


def of_words(seed: int, *words: str) -> np.random.Generator:
    """Generator of one part of a motif search, e.g. ("chain", control, class)."""
    return np.random.default_rng([seed, crc32(" ".join(words).encode())])


def of_epoch(seed: int, epoch: int) -> np.random.Generator:
    """Generator of the batches of one epoch."""
    return np.random.default_rng([seed, epoch])


def of_shuffled_labels(seed: int) -> np.random.Generator:
    """Generator of the label-shuffled control; its three parts differ from every epoch's two."""
    return np.random.default_rng([seed, 0, 1])


def restart_seed(seed: int, attempt: int) -> int:
    """32-bit seed of a restarted training's head and dropout; attempt 0 has the run's own seed."""
    if attempt == 0:
        return seed
    return int.from_bytes(sha256(f"lncprom restart {seed} {attempt}".encode()).digest()[:4], "big")
