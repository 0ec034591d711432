"""Small data sets with a planted signal, as the earlier steps write them, for tests of training and measuring."""

from __future__ import annotations

import numpy as np
import polars as pl

from lncprom.tables import dataset

MOTIF = "TATAAA"


def random_sequences(number: int, length: int, seed: int = 1, letters: str = "ACGT") -> list[str]:
    draw = np.random.default_rng(seed).integers(len(letters), size=(number, length))
    return ["".join(letters[code] for code in row) for row in draw]


def planted(number: int = 240, length: int = 60, seed: int = 1, **columns) -> pl.DataFrame:
    """Half positives with the motif at 20, half without; 80% train, 10% dev, 10% test, each half and half.

    Further columns, or others in place of these, are given by name.
    """
    sequences = random_sequences(number, length, seed)
    label = [at % 2 for at in range(number)]
    sequences = [
        text[:20] + MOTIF + text[20 + len(MOTIF) :] if positive else text
        for text, positive in zip(sequences, label, strict=True)
    ]
    part = {8: "dev", 9: "test"}
    rows = {
        "sample_id": [f"s{at:05d}" for at in range(number)],
        "task": ["planted"] * number,
        "label": label,
        "transform": ["none"] * number,
        "fold": [part.get(at // 2 % 10, "train") for at in range(number)],
        "group": [f"g{at:05d}" for at in range(number)],
        "sequence": sequences,
    } | columns
    return table(**rows)


def of_two_tissues(number: int = 600) -> pl.DataFrame:
    """A motif that raises expression in the brain alone, and another that does so in the liver alone, each in half."""
    rows, draw = planted(number), np.random.default_rng(1)
    liver = draw.random(number) < 0.5
    tpm = 2 + 2 * np.column_stack([rows["label"].to_numpy(), liver]) + draw.normal(scale=0.3, size=(number, 2))
    second = rows["sequence"].str.head(40) + "GGGACG" + rows["sequence"].str.slice(46)
    return rows.with_columns(
        sequence=pl.Series(np.where(liver, second, rows["sequence"])),
        target=pl.Series(tpm.mean(axis=1)),
        tissues=pl.Series([["brain", "liver"]] * number),
        tissue_targets=pl.Series(tpm.tolist()),
    )


def table(**columns) -> pl.DataFrame:
    """A data set of these columns; the others are empty."""
    rows = pl.DataFrame(columns)
    absent = [name for name in dataset.TABLE.columns if name not in rows.columns]
    return dataset.check(rows.with_columns(pl.lit(None).alias(name) for name in absent), "test")
