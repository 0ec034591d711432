"""Everything that profile_importance writes: tables, heat maps, tracks, panels, in one folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import polars as pl

from lncprom import files
from lncprom.errors import InputError
from lncprom.profiles import audit, examples, genome_tracks, heatmap, method_titles, score_matrix
from lncprom.profiles import means as profiles
from lncprom.profiles.means import Settings
from lncprom.profiles.score_matrix import Scored
from lncprom.tables import dataset as dataset_table
from lncprom.tables.attribution import DELETION, HEADS
from lncprom.tables.profiles import AUDIT, PROFILE, SHARES

MARK = "summary.json"


def write(given: Mapping, name: str, model: str, settings: Settings, folder: Path, log: Callable) -> dict:
    """Fill the empty `folder`; whatever is wrong with the inputs is met before anything is computed.

    Parameters
    ----------
    given
        Options of profile_importance.py by name: the paths of all inputs, and `asked`, the sample ids for panels.

    Returns
    -------
    `inputs`, `counts`, `dropped` and `notes` of the card.
    """
    dataset = given["dataset"]
    inputs = {"dataset": dataset, "fai": given["fai"]}
    for what in ("importance", "curves", "heads", "predictions"):
        inputs |= {f"{what} {path.name}": path for path in sorted(given[what])}
    found = score_matrix.read(given["importance"], dataset_table.read(dataset), name, model, dataset.name)
    refuse_without_tss(found, settings.region, dataset.name)
    curves = score_matrix.read_text(given["curves"], DELETION, name, model)
    heads = score_matrix.read_text(given["heads"], HEADS, name, model)
    probability = examples.probabilities(given["predictions"], found)
    picked = examples.chosen(found, probability, given["asked"])
    log(f"{found.samples.height:,} samples, {len(found.position):,} positions, methods: {', '.join(found.methods)}")

    means = profiles.means(found, settings)
    PROFILE.write(profiles.table(means, found), folder / "profile.tsv")
    SHARES.write(profiles.shares_table(found, settings), folder / "shares.tsv")
    judged = audit.table(found, curves, heads, settings)
    AUDIT.write(judged, folder / "audit.tsv")
    for row in judged.filter(pl.col("check") == audit.OVERALL).iter_rows(named=True):
        log(f"{row['method']}: {row['verdict']}. {row['sentence']}")
    blocks, shown = {}, method_titles.shown(found.methods)
    for method in found.methods:
        png = method in shown  # drawing takes most of the step's time
        blocks[method] = heatmap.write(found, means, method, settings, folder, png)
        log(f"{method}: matrix and heat maps")
    placed = genome_tracks.placed(found)
    matrices = {method: found.mean(method) for method in shown}
    for method, matrix in matrices.items() if placed.any() else ():
        genome_tracks.write(found, matrix, given["fai"], folder / method)
    panels = examples.panels(found, picked, probability, matrices)
    text = json.dumps(panels, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    files.write_text(text + "\n", folder / "promoters.json")
    summary = _summary(found, settings, blocks, shown)
    files.write_text(json.dumps(summary, indent=2, ensure_ascii=False) + "\n", folder / MARK)
    number = {"methods": len(found.methods), "panels": len(panels), "on the genome": int(placed.sum())}
    away = int((~placed).sum())
    dropped = {"without a place in the genome (ready-made, or bases made), so on no track": away} if away else {}
    return {"inputs": inputs, "counts": summary["counts"] | number, "dropped": dropped, "notes": _notes(found, blocks)}


def refuse_without_tss(found: Scored, region: int, source: str) -> None:
    """Stop where a window does not hold the bases upstream of its TSS that are asked for."""
    for name, index in found.samples.filter(pl.col("tss_index") < region).select("sample_id", "tss_index").rows():
        raise InputError(
            f"{source}, {name}: its window reaches {index:,} bases upstream of the TSS, --region asks for "
            f"{region:,}; give a smaller --region or longer windows"
        )


def _summary(found: Scored, settings: Settings, blocks: dict[str, float], shown: list[str]) -> dict:
    """What a reader of the other files must know, for the report."""
    return {
        "dataset": found.dataset,
        "model": found.model,
        "task": found.samples["task"][0],
        "tss_known": found.tss_known,
        "first": int(found.position[0]),
        "last": int(found.position[-1]),
        "region": settings.region,
        "confidence": settings.confidence,
        "seeds": sorted({seed for method in found.methods for seed in found.of(method)}),
        "controls": sorted({control for control, _ in found.scores} - {score_matrix.TRAINED}),
        "methods": found.methods,
        "shown": shown,
        "blocks": {method: round(size, 2) for method, size in blocks.items()},
        "counts": {
            "samples": found.samples.height,
            "label": {str(at): int((found.label == at).sum()) for at in (0, 1)},
        },
    }


def _notes(found: Scored, blocks: dict[str, float]) -> list[str]:
    notes = []
    if not found.tss_known:
        notes.append("no TSS is known: positions count back from the last base, and shares.tsv has no rows")
    coarse = [f"{method} {size:.1f}" for method, size in blocks.items() if size >= heatmap.COARSE]
    if coarse:
        notes.append(f"neighbouring bases share one score, so many on average: {', '.join(coarse)}")
    for method in found.methods:
        if unseen := float(np.isnan(found.mean(method)).mean()):
            notes.append(f"{method}: {unseen:.1%} of the bases were not seen by the model, and are missing values")
    return notes
