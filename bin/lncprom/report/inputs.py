"""Everything that a report is made of, read from folders and files and checked."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import NamedTuple

import polars as pl

from lncprom import files, provenance
from lncprom.errors import InputError
from lncprom.tables.comparisons import COMPARISONS
from lncprom.tables.composition import COMPOSITION
from lncprom.tables.kmers import KMERS
from lncprom.tables.metrics import CURVES, METRICS, SEEDS
from lncprom.tables.tpm import TPM
from lncprom.tables.training_log import TRAINING
from lncprom.tables.tsv import TsvTable

CONTROL = "*.shuffled.*"  # files of models trained on shuffled labels: controls, shown with what they control


class Inputs(NamedTuple):
    """Cards by file name; tables over all files, each with a column `file`; what else there is, or None.

    `importance` and `motifs` are folders of one folder a data set and model, read where they are shown.
    """

    cards: dict[str, dict]
    metrics: pl.DataFrame
    curves: pl.DataFrame
    composition: pl.DataFrame
    kmers: pl.DataFrame
    seeds: pl.DataFrame
    comparisons: pl.DataFrame
    training: pl.DataFrame
    tpm: pl.DataFrame | None
    dag: str | None
    versions: dict[str, dict[str, str]]
    parameters: dict[str, object]
    importance: Path | None
    motifs: Path | None


def read(
    cards_folder: Path,
    metrics: Path,
    curves: Path | None = None,
    composition: Path | None = None,
    kmers: Path | None = None,
    seeds: Path | None = None,
    comparisons: Path | None = None,
    training: Path | None = None,
    tpm: Path | None = None,
    dag: Path | None = None,
    versions: Path | None = None,
    parameters: Path | None = None,
    importance: Path | None = None,
    motifs: Path | None = None,
) -> Inputs:
    found = {
        path.name: provenance.read(path) for path in sorted(cards_folder.glob("*.json")) if not path.match(CONTROL)
    }
    scores = _folder(metrics, METRICS)
    if scores.is_empty():
        raise InputError(f"{metrics}: no metrics (*.tsv with rows) in it; give the folder that evaluate wrote to")
    _once(scores, METRICS.key, metrics, "{metric} of {model} on {dataset}, {fold},")
    over = _folder(seeds, SEEDS)
    _once(over, SEEDS.key, seeds, "{metric} of {model} on {dataset}, {fold},")
    _refuse_other_seeds(scores, over)
    pairs = _folder(comparisons, COMPARISONS)
    _once(pairs, COMPARISONS.key, comparisons, "{metric} of {model_a} against {model_b} on {dataset}")
    losses = _folder(training, TRAINING)
    _once(losses, TRAINING.key, training, "epoch {epoch} of {model}, seed {seed}, on {dataset}")
    return Inputs(
        found,
        scores,
        _folder(curves, CURVES),
        _folder(composition, COMPOSITION),
        _folder(kmers, KMERS),
        over,
        pairs,
        losses,
        TPM.read(tpm) if tpm else None,
        _svg(dag) if dag else None,
        _versions(versions) if versions else {},
        _parameters(parameters) if parameters else {},
        importance,
        motifs,
    )


def _folder(folder: Path | None, table: TsvTable) -> pl.DataFrame:
    paths = sorted(path for path in folder.glob("*.tsv") if not path.match(CONTROL)) if folder else []
    return pl.concat([table.frame().with_columns(file=pl.lit("")), *(table.read(path) for path in paths)])


def _once(rows: pl.DataFrame, key: tuple[str, ...], folder: Path | None, what: str) -> None:
    twice = rows.select(key).is_duplicated()
    if twice.any():
        row = rows.filter(twice).row(0, named=True)
        raise InputError(f"{row['file']}: {what.format(**row)} stands twice in {folder}; keep one file a data set")


def _refuse_other_seeds(scores: pl.DataFrame, over: pl.DataFrame) -> None:
    """Stop where the table over seeds is of more or fewer seeds than the metrics."""
    key = ["dataset", "model", "fold", "metric"]
    odd = over.join(scores.group_by(key).agg(pl.len().alias("_metrics")), on=key, how="left", maintain_order="left")
    odd = odd.filter(pl.col("seeds").ne_missing(pl.col("_metrics").cast(pl.Int64)))
    if odd.height:
        row = odd.row(0, named=True)
        raise InputError(
            f"{row['file']}: {row['seeds']} seeds of {row['model']} on {row['dataset']}, {row['_metrics'] or 0} in the "
            "metrics; give what one run of evaluate wrote"
        )


def _svg(path: Path) -> str:
    text = "\n".join(line for _, line in files.read_lines(path))
    if not re.search(r'<svg[^>]* viewBox="', text):
        raise InputError(f"{path.name}: not an SVG with a viewBox. Give the pipeline's assets/dag.svg.")
    return text


def _versions(path: Path) -> dict[str, dict[str, str]]:
    """Process -> tool -> version, from the two-level YAML that the pipeline writes and nothing beyond it."""
    found: dict[str, dict[str, str]] = {}
    process = None
    for line, text in files.read_lines(path):
        if not text.strip() or text.lstrip().startswith("#"):
            continue
        name, colon, value = text.strip().partition(":")
        if not colon or (text[0].isspace() and process is None):
            raise InputError(f"{path.name}, line {line}: not `process:` or `  tool: version`; give versions.yml")
        name, value = name.strip("\"'"), value.strip().strip("\"'")
        if not text[0].isspace():
            process = found.setdefault(name.split(":")[-1], {})
        else:
            process[name] = value
    return found


def _parameters(path: Path) -> dict[str, object]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as fault:
        raise InputError(f"{path.name}: not JSON ({fault}); give the params.json of the run") from None
    if not isinstance(found, dict):
        raise InputError(f"{path.name}: JSON, but no object of names and values; give the params.json of the run")
    return found
