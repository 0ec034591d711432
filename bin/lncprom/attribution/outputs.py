"""What score_attention writes: the table of importance and the card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import polars as pl

from lncprom import provenance
from lncprom.attribution import changes, deletion_insertion, token_scores
from lncprom.attribution.explain import Done
from lncprom.attribution.options import Request
from lncprom.inference.device import Machine
from lncprom.tables import importance


def table(done: Done) -> pl.DataFrame:
    """A row for each control, method, sample and base, in that order."""
    size = pl.col("sequence").str.len_bytes().cast(pl.Int32)
    first = -pl.col("tss_index").fill_null(size - 1)  # positions are relative to the TSS, or else to the last base
    bases = done.rows.select("sample_id", "label", position=pl.int_ranges(first, first + size)).explode("position")
    bases = bases.with_columns(**done.about)
    found = []
    for (control, method), scores in sorted(done.scores.items()):
        score = pl.Series(np.concatenate(scores).astype(np.float32)).fill_nan(None)
        rows = bases.with_columns(score=score, control=pl.lit(control), method=pl.lit(method))
        found.append(rows.select(pl.col(name).cast(to.dtype) for name, to in importance.TABLE.columns.items()))
    return pl.concat(found)


def card(done: Done, request: Request, machine: Machine, dataset: Path, folder: Path, upstream: Sequence[Path]) -> dict:
    """What `cards.make` records, after the names of the data set and the model."""
    known = done.rows["tss_index"].null_count() == 0
    parameters = asdict(request) | {
        "precision": machine.precision,
        "occlusion": {"window": changes.WINDOW, "stride": changes.STRIDE, "redrawn": changes.REDRAWN},
        "curves": {"redrawn": deletion_insertion.REDRAWN, "confidence": deletion_insertion.CONFIDENCE},
        "heads_region": list(token_scores.REGION),
    }
    for name in ("dataset", "model", *(() if request.trained_on else ("trained_on",))):
        del parameters[name]
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
