"""Importance: one row per method, sample and base, how much that base matters to a model."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa

from lncprom.tables.base import Column, Table, integer, one_of, parquet, string

METHODS = (
    "attention",
    "attention_all",
    "rollout",
    "integrated_gradients",
    "gradient_x_input",
    "occlusion",
    "ism",
    "kmer_weights",
)
SIGNED = ("integrated_gradients", "gradient_x_input", "occlusion", "ism", "kmer_weights")
CONTROLS = ("", "random_init", "shuffled_labels")  # the model as trained, and what it is held against


def _score(rows: pl.DataFrame) -> str | None:
    odd = rows.filter(~pl.col("score").is_finite())  # a null is neither finite nor not: filtered out
    if not odd.height:
        return None
    sample, position, score = odd.select("sample_id", "position", "score").row(0)
    return f"{sample} has score {score} at position {position}, not a number"


TABLE = Table(
    "importance",
    {
        "dataset": string("name of the data set"),
        "model": string("name in the models sheet"),
        "seed": integer("seed of training"),
        "control": string("empty: the model as trained; `random_init`: randomly initialised; `shuffled_labels`"),
        "method": string(f"one of {', '.join(METHODS)}; signed from `integrated_gradients` on"),
        "sample_id": string("as in the data set"),
        "label": Column(pl.Int8, "1: the task's positive class; 0"),
        "position": Column(pl.Int32, "relative to the TSS, which is 0; where none is known, to the last base"),
        "score": Column(pl.Float32, "for the positive class where signed; missing where unseen", nullable=True),
    },
    key=("dataset", "model", "seed", "control", "method", "sample_id", "position"),
    checks=(one_of("label", (0, 1)), one_of("control", CONTROLS), one_of("method", METHODS), _score),
)

read, write, check = TABLE.read, TABLE.write, TABLE.check


def batches(path: Path, rows: int = 1 << 19) -> Iterator[pl.DataFrame]:
    """The table in parts of at most so many rows, so that a large one needs no more memory than a part.

    Duplicated rows are not looked for: the reader that sorts scores by sample and position finds them.
    """
    part = TABLE._replace(key=())
    with parquet(path) as file:
        for batch in file.iter_batches(batch_size=rows):
            yield part.check(pl.from_arrow(pa.Table.from_batches([batch])), path.name)
