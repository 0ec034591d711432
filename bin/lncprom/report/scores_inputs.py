"""Files of the page of applied models: tables of scores, peaks, cards, by the name of their models."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import polars as pl

from lncprom import files, provenance
from lncprom.report.scores_page import Given
from lncprom.tables.scores import SCORES
from lncprom.tables.variants import VARIANTS

_BED = {
    "chrom": pl.String,
    "start": pl.Int64,
    "end": pl.Int64,
    "name": pl.String,
    "score": pl.Int64,
    "strand": pl.String,
}


def read(scores: Iterable[Path], peaks: Iterable[Path], variants: Iterable[Path], cards: Iterable[Path]) -> Given:
    """What `scores_page.render` takes; `a.scores.parquet`, `a.peaks.bed` and `a.scores.json` are of the models `a`."""
    made = {}
    for path in cards:
        name = path.name.removesuffix(".json").rpartition(".")[0]
        for card in provenance.records([path]):
            made.setdefault((card["step"], name), card)
    return Given(
        {path.name.removesuffix(".scores.parquet"): SCORES.read(path) for path in scores},
        {path.name.removesuffix(".peaks.bed"): _peaks(path) for path in peaks},
        {path.name.removesuffix(".variants.tsv"): VARIANTS.read(path) for path in variants},
        made,
    )


def _peaks(path: Path) -> pl.DataFrame:
    rows = [line.split("\t") for _, line in files.read_lines(path) if line and not line.startswith("#")]
    return pl.DataFrame(rows, dict.fromkeys(_BED, pl.String), orient="row").cast(_BED)
