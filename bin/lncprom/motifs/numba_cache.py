"""Where numba keeps memelite's compiled code, so that half a minute of compilation is spent once per environment."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import numpy as np


def prefer_environment() -> None:
    """Keep compiled code beside memelite where that folder is writable, else where NUMBA_CACHE_DIR says.

    Call it before memelite is imported. The environments in images are read-only.
    """
    memelite = importlib.util.find_spec("memelite")
    if memelite and os.access(Path(memelite.origin).parent, os.W_OK):
        os.environ.pop("NUMBA_CACHE_DIR", None)


def fill() -> None:
    """Compile what compare_motifs needs, by a search in random sequences."""
    from lncprom.motifs import databases, enrichment, tomtom

    prefer_environment()
    draw = np.random.default_rng(1)
    shares = [np.ascontiguousarray(draw.dirichlet([0.1] * 4, 8).T) for _ in range(databases.FEWEST)]
    motifs = tuple(databases.Motif(str(at), "", "", "", one) for at, one in enumerate(shares))
    tomtom.match(shares[:2], databases.Database(motifs, ""), 0.05)
    enrichment.holding(motifs, [draw.integers(0, 4, (20, enrichment.WIDTH)).astype(np.uint8)])
