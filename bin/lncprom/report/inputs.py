"""Everything that a report is made of, read from folders and files and checked."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import NamedTuple

import polars as pl

from lncprom import files, provenance
from lncprom.errors import InputError
from lncprom.tables import tsv

METRICS = {
    "dataset": pl.String,
    "task": pl.String,
    "length": pl.Int64,
    "model": pl.String,
    "seed": pl.Int64,
    "fold": pl.String,
    "metric": pl.String,
    "value": pl.Float64,
    "ci_low": pl.Float64,
    "ci_high": pl.Float64,
    "n": pl.Int64,
    "n_positive": pl.Int64,
    "n_groups": pl.Int64,
}
CURVES = {name: METRICS[name] for name in ("dataset", "task", "length", "model", "seed")}
CURVES |= {"curve": pl.String, "x": pl.Float64, "y": pl.Float64}
COMPOSITION = {"dataset": pl.String, "label": pl.Int64, "position": pl.Int64, "n": pl.Int64}
COMPOSITION |= dict.fromkeys(("A", "C", "G", "T", "CpG"), pl.Float64)
KMERS = {"dataset": pl.String, "kmer": pl.String, "weight": pl.Float64, "idf": pl.Float64}
KMERS |= {"document_share": pl.Float64, "rank": pl.Int64, "direction": pl.String}
SEEDS = {name: METRICS[name] for name in ("dataset", "task", "length", "model", "fold", "metric")}
SEEDS |= {"seeds": pl.Int64} | dict.fromkeys(("mean", "sd", "ci_low", "ci_high"), pl.Float64)
SEEDS |= {name: METRICS[name] for name in ("n", "n_positive", "n_groups")}
COMPARISONS = {name: METRICS[name] for name in ("dataset", "task", "length", "fold")}
COMPARISONS |= dict.fromkeys(("model_a", "model_b", "metric"), pl.String)
COMPARISONS |= dict.fromkeys(("difference", "ci_low", "ci_high", "p_value", "q_value"), pl.Float64)
COMPARISONS |= dict.fromkeys(("n", "n_groups", "seeds_a", "seeds_b"), pl.Int64)
TRAINING = {"dataset": pl.String, "model": pl.String, "seed": pl.Int64, "attempt": pl.Int64, "epoch": pl.Int64}
TRAINING |= {"train_loss": pl.Float64, "dev_loss": pl.Float64, "collapsed": pl.String, "kept": pl.Int64}
CONTROL = "*.shuffled.*"  # files of models trained on shuffled labels: controls, shown with what they control
TPM = {"biotype": pl.String, "genes": pl.Int64, "tissues": pl.Int64}
TPM |= dict.fromkeys(("mean", "sd", "median", "zero_share"), pl.Float64)


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
    _once(scores, ("dataset", "model", "seed", "fold", "metric"), metrics, "{metric} of {model} on {dataset}, {fold},")
    over = _folder(seeds, SEEDS)
    _once(over, ("dataset", "model", "fold", "metric"), seeds, "{metric} of {model} on {dataset}, {fold},")
    _refuse_other_seeds(scores, over)
    pairs = _folder(comparisons, COMPARISONS)
    key = ("dataset", "model_a", "model_b", "metric")
    _once(pairs, key, comparisons, "{metric} of {model_a} against {model_b} on {dataset}")
    losses = _folder(training, TRAINING)
    key = ("dataset", "model", "seed", "attempt", "epoch")
    _once(losses, key, training, "epoch {epoch} of {model}, seed {seed}, on {dataset}")
    return Inputs(
        found,
        scores,
        _folder(curves, CURVES),
        _folder(composition, COMPOSITION),
        _folder(kmers, KMERS),
        over,
        pairs,
        losses,
        tsv.read(tpm, TPM) if tpm else None,
        _svg(dag) if dag else None,
        _versions(versions) if versions else {},
        _parameters(parameters) if parameters else {},
        importance,
        motifs,
    )


def _folder(folder: Path | None, columns: dict) -> pl.DataFrame:
    paths = sorted(path for path in folder.glob("*.tsv") if not path.match(CONTROL)) if folder else []
    return pl.concat([pl.DataFrame(schema=columns | {"file": pl.String}), *(tsv.read(path, columns) for path in paths)])


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
