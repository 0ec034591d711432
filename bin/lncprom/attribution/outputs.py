"""What score_attention writes: the table of importance, the curves, the heads and the card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import polars as pl

from lncprom import provenance
from lncprom.attribution import changes, deletion_insertion, head_summary, samples
from lncprom.attribution.explain import Done
from lncprom.attribution.options import Request
from lncprom.inference.device import Machine
from lncprom.tables import importance
from lncprom.tables.base import TsvTable


def table(done: Done, request: Request) -> pl.DataFrame:
    """A row for each control, method, sample and base, in that order."""
    empty, columns = importance.TABLE.empty(), importance.TABLE.columns
    lengths = done.rows["sequence"].str.len_bytes().to_numpy()
    places = done.rows.select("sequence", "tss_index").iter_rows()
    position = np.concatenate([samples.positions(len(text), at) for text, at in places])
    sample = np.repeat(np.arange(done.rows.height), lengths)
    of_samples = done.rows.select("sample_id", "label")[sample].with_columns(pl.Series("position", position))
    found = [empty]
    for (control, method), scores in sorted(done.scores.items()):
        score = pl.Series("score", np.concatenate(scores).astype(np.float32)).fill_nan(None)
        fixed = {"control": control, "method": method, "dataset": request.dataset, "model": request.model}
        found.append(
            of_samples.with_columns(
                score, pl.lit(request.seed).alias("seed"), *(pl.lit(text).alias(name) for name, text in fixed.items())
            ).select(pl.col(name).cast(column.dtype) for name, column in columns.items())
        )
    return pl.concat(found)


def tsv(table: TsvTable, rows: pl.DataFrame, request: Request) -> str:
    """Curves or heads, with the columns that say whose they are."""
    fixed = {"dataset": request.dataset, "model": request.model, "seed": request.seed}
    return table.text(rows.with_columns(pl.lit(value).alias(name) for name, value in fixed.items()))


def card(done: Done, request: Request, machine: Machine, dataset: Path, folder: Path, upstream: Sequence[Path]) -> dict:
    """What `cards.make` records, after the names of the data set and the model."""
    known = done.rows["tss_index"].null_count() == 0
    parameters = asdict(request) | {
        "precision": machine.precision,
        "occlusion": {"window": changes.WINDOW, "stride": changes.STRIDE, "redrawn": changes.REDRAWN},
        "curves": {"redrawn": deletion_insertion.REDRAWN, "confidence": deletion_insertion.CONFIDENCE},
        "heads_region": list(head_summary.REGION),
    }
    elsewhere = {"dataset", "model"} if request.trained_on else {"dataset", "model", "trained_on"}
    parameters = {name: value for name, value in parameters.items() if name not in elsewhere}
    weights = next(path for path in sorted(folder.iterdir()) if path.stem in ("model", "adapter_model"))
    made = provenance.make(
        "score_attention",
        inputs={"dataset": dataset, "model": weights},
        parameters=parameters,
        counts=done.counts,
        notes=done.notes,
        upstream=upstream,
    )
    head = {"step": "score_attention", "dataset": request.dataset, "task": done.rows["task"][0]}
    facts = {"model": request.model, "seed": request.seed, "tss_known": known}
    run = {"device": machine.name, "threads": machine.threads}
    return head | facts | made | {"run": run}
