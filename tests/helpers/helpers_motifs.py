"""What tests of motifs share: promoters with planted motifs, and importance that knows of them, within noise."""

from __future__ import annotations

import numpy as np
import polars as pl

from lncprom.demo import simulated_promoters
from lncprom.tables import dataset, importance

CONTROLS = {"": 1.0, "random_init": 0.0}  # how much of the truth is in a control's scores


def promoters(pairs: int = 120, seed: int = 3) -> tuple[pl.DataFrame, np.ndarray]:
    """A data set of positives with motifs and negatives without, and which base is of a motif (n, 300)."""
    made = simulated_promoters.promoters(pairs, seed)
    return simulated_promoters.table(made, "d", (0, 0, 1)), (made.planted > 0).astype(float)


def explained(
    rows: pl.DataFrame,
    truth: np.ndarray,
    noise: float = 0.4,
    seed: int = 1,
    controls: dict[str, float] = CONTROLS,
    method: str = "integrated_gradients",
    **columns,
) -> pl.DataFrame:
    """The importance table: the truth plus noise, drawn anew for each control; columns by name in place of others."""
    chance, parts = np.random.default_rng(seed), []
    length = truth.shape[1]
    anchor = rows["tss_index"].fill_null(length - 1).to_numpy()
    for control, share in sorted(controls.items()):
        score = share * truth + noise * chance.normal(size=truth.shape)
        given = {
            "dataset": "d",
            "model": "m",
            "seed": seed,
            "control": control,
            "method": method,
            "sample_id": np.repeat(rows["sample_id"].to_numpy(), length),
            "label": np.repeat(rows["label"].to_numpy(), length),
            "position": (np.arange(length) - anchor[:, None]).ravel(),
            "score": score.ravel(),
        }
        parts.append(pl.DataFrame(given | columns))
    return importance.check(pl.concat(parts), "test")


def write(folder, rows: pl.DataFrame, table: pl.DataFrame) -> list:
    """Both tables in a folder, and the options that name them."""
    dataset.write(rows, folder / "d.parquet")
    importance.write(table, folder / "i.parquet")
    return ["--importance", folder / "i.parquet", "--dataset", folder / "d.parquet", "--name", "d", "--model", "m"]
