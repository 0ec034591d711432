"""Levels of samples by which a score is given again: is a model as good on promoters without a CpG island?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from lncprom import text
from lncprom.datasets import sequences
from lncprom.errors import InputError
from lncprom.genome import bases
from lncprom.sites import tata_box
from lncprom.tables.leaks import HOMOLOGY, SCORES
from lncprom.tables.metrics import STRATA_NAMES

_ROWS = 2048  # sequences searched together
_OF_SCORES = ("below 30", "30-59", "60-119", "120-239", "240 or more")
_ORDER = (*_OF_SCORES, "yes", "no")
_REPEAT = 0.5  # a sample of which more is lower case is a repeat


def refuse_unknown(names: Sequence[str]) -> None:
    """Stop at the first name of no stratum."""
    for name in names:
        if name not in STRATA_NAMES:
            raise InputError(f"--strata {name}: no such stratum. {text.nearest(name, STRATA_NAMES)}")


def levels(dataset: pl.DataFrame, names: Sequence[str], homology: Sequence[Path]) -> dict[str, pl.DataFrame]:
    """Of each stratum `sample_id` and `level`, which is empty where a sample has none; of homology also `split`.

    An artificial negative has the level of the promoter that it is made from, so that both are in one cell.

    Parameters
    ----------
    homology
        Tables of audit_leaks; without one, no sample has a level of homology.
    """
    made, origin = pl.col("transform") != "none", pl.col("sample_id").str.replace("~[^~]*$", "")
    rows = dataset.select("sample_id", origin=pl.when(made).then(origin).otherwise("sample_id"))
    found = {}
    for name in (name for name in names if name != "homology"):
        of = dataset.select(origin="sample_id", level=_LEVELS[name](dataset))
        found[name] = rows.join(of, on="origin", how="left", maintain_order="left").drop("origin")
    return found | ({"homology": _of_homology(homology, dataset)} if "homology" in names else {})


def notes(found: dict[str, pl.DataFrame]) -> list[str]:
    """The strata in which no sample has a level, and why."""
    without = [name for name, rows in found.items() if rows["level"].null_count() == rows.height]
    return [f"stratum {name} is left out: {_WITHOUT[name]}" for name in without]


def _of_homology(paths: Sequence[Path], dataset: pl.DataFrame) -> pl.DataFrame:
    """By the best score of an alignment to train; refused if a table is of another data set."""
    columns = {name: HOMOLOGY.columns[name].dtype for name in ("sample_id", "split", "best_score")}
    parts = [HOMOLOGY.read(path, list(columns)).cast(columns) for path in paths]
    for path, part in zip(paths, parts, strict=True):
        if part.height and not part["sample_id"].is_in(dataset["sample_id"].implode()).any():
            raise InputError(f"{path.name}: no sample is in the data set. Give the table that audit_leaks wrote of it.")
    rows = pl.concat([pl.DataFrame(schema=columns), *parts])
    place = np.searchsorted(SCORES, rows["best_score"].to_numpy(), side="right")
    return rows.select("split", "sample_id", level=pl.Series(_OF_SCORES).gather(place))


def in_order(found: pl.Series) -> list[str]:
    """The levels among these, as tables and figures list them."""
    known = {level: number for number, level in enumerate(_ORDER)}
    return sorted(found.drop_nulls().unique(), key=lambda level: (known.get(level, -1), level))


def _yes(values: pl.Series | np.ndarray, known: pl.Series | np.ndarray | bool = True) -> pl.Series:
    return pl.select(pl.when(known).then(pl.Series(values))).to_series().replace_strict(_WORDS, return_dtype=pl.String)


def _column(dataset: pl.DataFrame, name: str, dtype: pl.DataType = pl.Boolean) -> pl.Series:
    """A column that a data set may lack."""
    return dataset[name] if name in dataset.columns else pl.repeat(None, dataset.height, dtype=dtype, eager=True)


def _cpg_island(dataset: pl.DataFrame) -> pl.Series:
    parts = [bases.has_cpg_island(sequences.to_codes(part["sequence"])) for part in dataset.iter_slices(_ROWS)]
    return _yes(np.concatenate(parts), dataset["sequence"].str.len_bytes() >= bases.ISLAND)


def _tata(dataset: pl.DataFrame) -> pl.Series:
    """By the bases before the TSS, where the sequence has enough of them."""
    start = pl.col("tss_index") - tata_box.UPSTREAM
    before = dataset.select(
        pl.when(start >= 0).then(pl.col("sequence").str.slice(start, tata_box.UPSTREAM))
    ).to_series()
    codes = sequences.to_codes(before.fill_null("N" * tata_box.UPSTREAM))
    return _yes(tata_box.has_tata(codes, tata_box.UPSTREAM), before.is_not_null())


_WORDS = {True: "yes", False: "no", None: None}
_WITHOUT = {
    "biotype": "no sample is a gene's promoter",
    "cpg_island": f"sequences of less than {bases.ISLAND} bp",
    "bidirectional": "no column bidirectional (define_task --bidirectional)",
    "tata": f"no TSS with {tata_box.UPSTREAM} bases before it",
    "repeat": "no column repeat_fraction (build_length_variants --soft-mask), or a genome without lower case",
    "tss_support": "no column tss_support (extract_tss --tss-support)",
    "homology": "no table of audit_leaks (--homology)",
}
_LEVELS: dict[str, Callable[[pl.DataFrame], pl.Series]] = {
    "biotype": lambda dataset: dataset["biotype"],
    "cpg_island": _cpg_island,
    "bidirectional": lambda dataset: _yes(_column(dataset, "bidirectional")),
    "tata": _tata,
    "repeat": lambda dataset: _yes(_column(dataset, "repeat_fraction", pl.Float64) > _REPEAT),
    "tss_support": lambda dataset: _yes(_column(dataset, "tss_support")),
}
