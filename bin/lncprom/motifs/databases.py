"""Known motifs to compare with: JASPAR's vertebrates as its package carries them, or a user's file."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lncprom import text
from lncprom.errors import InputError
from lncprom.motifs import motif_files

COLLECTION, TAXON = "CORE", "vertebrates"
PSEUDOCOUNT = 1.0  # counts added to each column, a quarter a letter
_LATEST = """SELECT id, base_id, version, name FROM matrix
    JOIN (SELECT base_id, max(version) AS version FROM matrix GROUP BY base_id) USING (base_id, version)
    WHERE collection = ? AND id IN (SELECT id FROM matrix_annotation WHERE tag = 'tax_group' AND val = ?)"""
FEWEST = 50  # targets that Tomtom's null needs (MEME's own tomtom warns below)


class Motif(NamedTuple):
    """A known motif by its matrix id; `shares` is (4, width), rows A, C, G, T, each column adding up to 1."""

    id: str
    name: str
    family: str
    tf_class: str
    shares: np.ndarray

    def about(self) -> dict[str, str]:
        """Its columns in every table."""
        return {"motif_id": self.id, "motif_name": self.name, "tf_family": self.family}


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


def jaspar(release: str) -> tuple[Motif, ...]:
    """The latest version of each vertebrate CORE matrix of a release, by matrix id; needs no network.

    pyjaspar's own `fetch_motifs` gives the same motifs, but asks the database eight questions for each of them.
    """
    import pyjaspar

    known = list(pyjaspar.jaspar_releases)
    if release not in known:
        raise InputError(f"--jaspar-release {release}: pyjaspar has no such release. {text.nearest(release, known)}")
    query = pyjaspar.jaspardb(release=release).conn.execute
    matrices = query(_LATEST, [COLLECTION, TAXON]).fetchall()
    chosen = f"WHERE id IN ({', '.join(str(number) for number, *_ in matrices)})"
    words, counts = defaultdict(list), defaultdict(list)
    for number, tag, value in query(f"SELECT id, tag, val FROM matrix_annotation {chosen}"):
        words[number, tag].append(value)
    for number, value in query(
        f"SELECT id, val FROM matrix_data {chosen} ORDER BY id, row, col"
    ):  # rows are A, C, G, T
        counts[number].append(float(value))
    motifs = [
        Motif(
            f"{base}.{version}",
            name,
            "; ".join(words[number, "family"]),
            "; ".join(words[number, "class"]),
            shares(np.array(counts[number]).reshape(4, -1)),
        )
        for number, base, version, name in matrices
    ]
    return tuple(sorted(motifs, key=lambda motif: motif.id))
