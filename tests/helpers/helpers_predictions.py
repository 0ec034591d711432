"""Predictions made by hand, so that what is measured of them is known."""

from __future__ import annotations

import numpy as np
import polars as pl


def predicted(rows: pl.DataFrame, model="m", seed=1, noise=0.3, name="d") -> pl.DataFrame:
    """Predictions that know the label, within noise."""
    draw = np.random.default_rng(seed)
    probability = np.clip(0.5 + 0.2 * (2 * rows["label"].to_numpy() - 1) + noise * draw.normal(size=rows.height), 0, 1)
    return rows.select(
        pl.lit(name).alias("dataset"),
        pl.lit(model).alias("model"),
        pl.lit(seed, pl.Int64).alias("seed"),
        "sample_id",
        "label",
        "fold",
        pl.Series("probability", probability.round(2)),
    )
