"""Read and check everything that the report shows."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import NamedTuple

import polars as pl

from lncprom import files, provenance
from lncprom.errors import InputError
from lncprom.tables.base import TsvTable
from lncprom.tables.dataset import COMPOSITION
from lncprom.tables.genes import TPM
from lncprom.tables.leaks import LEAKS
from lncprom.tables.metrics import (
    CLAIMS,
    COMPARISONS,
    CURVES,
    LEARNING_CURVE,
    METRICS,
    RELIABILITY,
    SEEDS,
    STRATA,
    TRANSFER,
)
from lncprom.tables.training import KMERS, TRAINING

CONTROL = "*.shuffled.*"  # label-shuffled controls are shown with the models that they control
# Input -> its table, and what must not be there twice
_TABLES = {
    "metrics": (METRICS, "{metric} of {model} on {dataset} ({fold})"),
    "seeds": (SEEDS, "{metric} of {model} on {dataset} ({fold})"),
    "comparisons": (COMPARISONS, "{metric} of {model_a} against {model_b} on {dataset}"),
    "training": (TRAINING, "epoch {epoch} of {model}, seed {seed}, on {dataset}"),
    "curves": (CURVES, ""),
    "reliability": (RELIABILITY, "bin {bin} of {model} on {dataset}"),
    "strata": (STRATA, "{stratum} {level} of {model} on {dataset}"),
    "learning_curve": (LEARNING_CURVE, "{metric} of {model} on {fraction} of train of {dataset}"),
    "composition": (COMPOSITION, ""),
    "leaks": (LEAKS, "{level} of {fold} of {dataset}"),
    "kmers": (KMERS, ""),
}


class Inputs(NamedTuple):
    """Cards by file name; tables over all files, with a column `file`; None for what was not given.

    Of `metrics` and `seeds` the rows of the first split and of raw probabilities; of `strata` and `leaks` those of the
    first split; of `comparisons` likewise, and of a contrast those over all splits. `calibrated` has the rows of
    `seeds` for calibrated probabilities. `importance` and `motifs` hold one folder per model and data set, for their
    sections.
    """

    cards: dict[str, dict]
    metrics: pl.DataFrame
    curves: pl.DataFrame
    composition: pl.DataFrame
    kmers: pl.DataFrame
    seeds: pl.DataFrame
    calibrated: pl.DataFrame
    comparisons: pl.DataFrame
    reliability: pl.DataFrame
    strata: pl.DataFrame
    learning_curve: pl.DataFrame
    claims: pl.DataFrame
    leaks: pl.DataFrame
    transfer: pl.DataFrame
    training: pl.DataFrame
    tpm: pl.DataFrame | None
    dag: str | None
    versions: dict[str, dict[str, str]]
    parameters: dict[str, object]
    importance: Path | None
    motifs: Path | None


def read(cards: Path, metrics: Path, **others: Path | None) -> Inputs:
    """Everything at these paths, named as the fields of `Inputs`; all but cards and metrics may be absent.

    Raises
    ------
    InputError
        If a file cannot be read as what it should be, a row is there twice, or the tables contradict each other.
    """
    given = dict.fromkeys(Inputs._fields) | others | {"metrics": metrics}
    found = {path.name: provenance.read(path) for path in sorted(cards.glob("*.json")) if not path.match(CONTROL)}
    tables = {name: _folder(given[name], *table) for name, table in _TABLES.items()}
    if tables["metrics"].is_empty():
        raise InputError(f"{metrics}: no metrics (*.tsv with rows). Give the output folder of evaluate.")
    _refuse_other_seeds(tables["metrics"], tables["seeds"])
    first, raw = pl.col("split") == 1, pl.col("probability") == "raw"
    tables["calibrated"] = tables["seeds"].filter(first, ~raw)
    tables |= {name: tables[name].filter(first) for name in ("strata", "leaks")}
    tables |= {name: tables[name].filter(first, raw) for name in ("metrics", "seeds")}
    over = pl.col("splits") == pl.col("splits").max().over("dataset", "model_a", "model_b")
    tables["comparisons"] = tables["comparisons"].filter(over, pl.col("split").is_null() | first)
    readers = {
        "tpm": (TPM.read, None),
        "claims": (CLAIMS.read, CLAIMS.frame()),
        "transfer": (TRANSFER.read, TRANSFER.frame()),
        "dag": (_svg, None),
        "versions": (_versions, {}),
        "parameters": (_parameters, {}),
    }
    parts = {name: reader(given[name]) if given[name] else absent for name, (reader, absent) in readers.items()}
    return Inputs(**(given | tables | parts | {"cards": found}))


def _folder(folder: Path | None, table: TsvTable, what: str) -> pl.DataFrame:
    paths = sorted(path for path in folder.glob("*.tsv") if not path.match(CONTROL)) if folder else []
    rows = pl.concat(
        [table.frame().with_columns(file=pl.lit("")), *(table.read(path) for path in paths)], how="diagonal"
    )
    if what and (twice := rows.select(table.key).is_duplicated()).any():
        row = rows.filter(twice).row(0, named=True)
        raise InputError(f"{row['file']}: {what.format(**row)} is in {folder} twice. Keep one file per data set.")
    return rows


def _refuse_other_seeds(scores: pl.DataFrame, over: pl.DataFrame) -> None:
    """Stop if the table over seeds has more or fewer seeds than the metrics."""
    key = list(SEEDS.key)
    odd = over.join(scores.group_by(key).agg(pl.len().alias("_metrics")), on=key, how="left", maintain_order="left")
    odd = odd.filter(pl.col("seeds").ne_missing(pl.col("_metrics").cast(pl.Int64)))
    if odd.height:
        row = odd.row(0, named=True)
        raise InputError(
            f"{row['file']}: {row['seeds']} seeds of {row['model']} on {row['dataset']}, but {row['_metrics'] or 0} in "
            "the metrics. Give the output of one run of evaluate."
        )


def read_text(folder: Path, name: str, writer: str) -> str:
    """The text of a file in a folder that the step `writer` made for one model and data set."""
    try:
        return (folder / name).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError(f"{folder.name}/{name}: no such file. Use the output folder of {writer}.") from None


def read_json(folder: Path, name: str, writer: str) -> dict | list:
    try:
        return json.loads(read_text(folder, name, writer))
    except ValueError as fault:
        raise InputError(f"{folder.name}/{name}: not JSON ({fault}). Run {writer} again.") from None


def read_table(folder: Path, name: str, table: TsvTable) -> pl.DataFrame:
    read_text(folder, name, table.writer)
    return table.read(folder / name, f"{folder.name}/{name}")


def _svg(path: Path) -> str:
    text = "\n".join(line for _, line in files.read_lines(path))
    if not re.search(r'<svg[^>]* viewBox="', text):
        raise InputError(f"{path.name}: not an SVG with a viewBox. Give the pipeline's assets/dag.svg.")
    return text


def _versions(path: Path) -> dict[str, dict[str, str]]:
    """Process -> tool -> version, from the two-level YAML that the pipeline writes."""
    found: dict[str, dict[str, str]] = {}
    process = None
    for line, text in files.read_lines(path):
        if not text.strip() or text.lstrip().startswith("#"):
            continue
        name, colon, value = (part.strip().strip("\"'") for part in text.partition(":"))
        if not colon or (text[0].isspace() and process is None):
            raise InputError(f"{path.name}, line {line}: not 'process:' or '  tool: version'. Give versions.yml.")
        if text[0].isspace():
            process[name] = value
        else:
            process = found.setdefault(name, {})
    return found


def _parameters(path: Path) -> dict[str, object]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as fault:
        raise InputError(f"{path.name}: not JSON ({fault}). Give the run's params.json.") from None
    if not isinstance(found, dict):
        raise InputError(f"{path.name}: not a JSON object of names and values. Give the run's params.json.")
    return found
