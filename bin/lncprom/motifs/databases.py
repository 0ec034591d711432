"""Known motifs to compare with: JASPAR's vertebrates as its package carries them, or a user's file."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from lncprom import text
from lncprom.errors import InputError
from lncprom.motifs import motif_files

COLLECTION, TAXON = "CORE", "vertebrates"
RELEASE = "JASPAR2024"
PSEUDOCOUNT = 1.0  # counts added to each column, a quarter a letter
FEWEST = 50  # targets that Tomtom's null needs (MEME's own tomtom warns below)


class Motif(NamedTuple):
    """A known motif by its matrix id; `shares` is (4, width), rows A, C, G, T, each column adding up to 1."""

    id: str
    name: str
    family: str
    tf_class: str
    shares: np.ndarray


class Database(NamedTuple):
    """Motifs, what to call them, and columns in disorder that fill Tomtom's null where the motifs are few."""

    motifs: tuple[Motif, ...]
    title: str
    fillers: tuple[np.ndarray, ...] = ()


def shares(counts: np.ndarray) -> np.ndarray:
    """Counts (4, width) as shares of each column, after the pseudocount."""
    return (counts + PSEUDOCOUNT / 4) / (counts.sum(axis=0) + PSEUDOCOUNT)


def load(path: Path | None, release: str, seed: int) -> Database:
    """JASPAR's release, or the motifs of a file in MEME's or JASPAR's format.

    Tomtom takes its null from the targets' columns, so a file of fewer than 50 motifs is accompanied by those of
    JASPAR's release with their columns in random order: they shape the null and can be no hit.
    """
    if path is None:
        return Database(jaspar(release), f"{release} {TAXON} {COLLECTION}")
    motifs = tuple(Motif(raw.id, raw.name, "", "", shares(raw.counts)) for raw in motif_files.read(path))
    if len(motifs) >= FEWEST:
        return Database(motifs, path.name)
    chance = np.random.default_rng([seed, FEWEST])
    fillers = tuple(chance.permutation(motif.shares, axis=1) for motif in jaspar(release))
    return Database(motifs, path.name, fillers)


def jaspar(release: str = RELEASE) -> tuple[Motif, ...]:
    """The latest version of each vertebrate CORE matrix of a release, by matrix id; needs no network."""
    import pyjaspar

    known = list(pyjaspar.jaspar_releases)
    if release not in known:
        raise InputError(f"--jaspar-release {release}: pyjaspar has no such release. {text.nearest(release, known)}")
    found = pyjaspar.jaspardb(release=release).fetch_motifs(
        collection=[COLLECTION], tax_group=[TAXON], all_versions=False
    )
    motifs = (
        Motif(
            entry.matrix_id,
            entry.name,
            "; ".join(entry.tf_family or ()),
            "; ".join(entry.tf_class or ()),
            shares(np.array([entry.counts[letter] for letter in motif_files.LETTERS], dtype=float)),
        )
        for entry in found
    )
    return tuple(sorted(motifs, key=lambda motif: motif.id))
