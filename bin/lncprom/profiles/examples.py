"""Single promoters to look at: those that the model is surest of, and those that were asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from lncprom.errors import InputError
from lncprom.profiles.score_matrix import Scored
from lncprom.tables import predictions as table

SHOWN = 5  # of the highest predictions, and of the lowest


def probabilities(paths: Sequence[Path], scored: Scored) -> pl.Series | None:
    """The mean over seeds for each scored sample, in their order; None without predictions."""
    parts, model = [], scored.model
    for path in sorted(paths, key=lambda path: path.name):
        rows = table.read(path).with_columns(file=pl.lit(path.name))
        if (others := rows.filter(pl.col("dataset") != scored.dataset)).height:
            raise InputError(
                f"{path.name}: predictions of {others['dataset'][0]}, not of {scored.dataset}; give those of "
                f"{scored.dataset}"
            )
        parts.append(rows.filter(pl.col("model") == model).select("seed", "sample_id", "probability", "file"))
        if parts[-1].is_empty():
            raise InputError(f"{path.name}: no predictions of {model} in it; give those of {model}")
    if not parts:
        return None
    rows = pl.concat(parts)
    for seed, name, _, file in rows.filter(~pl.struct("seed", "sample_id").is_first_distinct()).head(1).rows():
        raise InputError(
            f"{file}, {name}: predicted a second time with seed {seed}; give each seed once, "
            "and none that was trained on shuffled labels"
        )
    mean = rows.sort("sample_id", "seed").group_by("sample_id", maintain_order=True).agg(pl.col("probability").mean())
    found = scored.samples.join(mean, on="sample_id", how="left", maintain_order="left")
    if found["probability"].null_count():
        first = found.filter(pl.col("probability").is_null())["sample_id"][0]
        raise InputError(f"{paths[0].name}: {first} was scored but not predicted; give predictions of all samples")
    return found["probability"]


def chosen(scored: Scored, probability: pl.Series | None, asked: Sequence[str]) -> list[tuple[str, int]]:
    """(why, row) for each panel: `highest`, `lowest` (ties by name), then `asked`."""
    ids = scored.samples["sample_id"].to_list()
    found = []
    if probability is not None:
        order = np.argsort(-probability.to_numpy(), kind="stable")
        high = order[: min(SHOWN, (len(order) + 1) // 2)]
        low = order[len(high) :][::-1][:SHOWN]
        found = [("highest", int(row)) for row in high] + [("lowest", int(row)) for row in low]
    known = {name: row for row, name in enumerate(ids)}
    for name in dict.fromkeys(asked):
        if name not in known:
            raise InputError(
                f"--sample {name}: not among the {len(ids):,} samples with importance, e.g. {ids[0]}; name one of "
                "those, or score it with score_attention --samples 0"
            )
        found.append(("asked", known[name]))
    return found


def panels(
    scored: Scored, picked: Sequence[tuple[str, int]], probability: pl.Series | None, means: dict[str, np.ndarray]
) -> list[dict]:
    """What a panel needs: sequence, where it starts relative to the TSS, and by method the score of each base."""
    made = []
    for why, row in picked:
        sample = scored.samples.row(row, named=True)
        size = len(sample["sequence"])
        first = -sample["tss_index"] if scored.tss_known else 1 - size
        column = first - int(scored.position[0])
        panel = {"why": why}
        panel |= {name: sample[name] for name in ("sample_id", "gene_name", "label", "chrom", "strand", "tss")}
        panel["probability"] = None if probability is None else float(f"{probability[row]:.6g}")
        panel |= {"first": first, "sequence": sample["sequence"]}
        panel["scores"] = {
            method: [float(f"{value:.4g}") if np.isfinite(value) else None for value in matrix[row, column:][:size]]
            for method, matrix in means.items()
        }
        made.append(panel)
    return made
