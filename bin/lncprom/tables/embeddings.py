"""Embeddings: a vector of each sample by each layer and pooling, which are row groups, so that each is read alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from lncprom import files
from lncprom.errors import InputError
from lncprom.tables.base import Column, Table, one_of, parquet, string

POOLINGS = ("mean", "max", "cls", "last")

TABLE = Table(
    "embeddings",
    {
        "layer": Column(pl.Int16, "0: the embeddings, before any layer; the largest: the last layer"),
        "pooling": string(
            "`mean` and `max` over the tokens that stand for bases; `cls`: the special token before them; "
            "`last`: the last token"
        ),
        "sample_id": string("as in the data set"),
        "embedding": Column(pl.List(pl.Float16), "the vector, as many numbers as the model has hidden units"),
    },
    key=("layer", "pooling", "sample_id"),
    checks=(one_of("pooling", POOLINGS),),
)


class Embedded(NamedTuple):
    """The embeddings of all samples by one layer and pooling: float16 (samples, width)."""

    layer: int
    pooling: str
    values: np.ndarray


def write(samples: list[str], parts: Iterable[Embedded], path: Path) -> None:
    """Parquet, one row group for each part; `samples` name the rows of each."""
    names, out = pa.array(samples), None
    with files.writing(path) as beside:
        for layer, pooling, values in parts:
            flat = pa.Array.from_buffers(pa.float16(), values.size, [None, pa.py_buffer(np.ascontiguousarray(values))])
            ends = pa.py_buffer(np.arange(len(values) + 1, dtype=np.int64) * values.shape[1])
            lists = pa.Array.from_buffers(pa.large_list(pa.float16()), len(values), [None, ends], children=[flat])
            number, word = pa.scalar(layer, pa.int16()), pa.scalar(pooling)
            columns = [pa.repeat(number, len(values)), pa.repeat(word, len(values)), names, lists]
            table = pa.table(columns, names=list(TABLE.columns))
            out = out or pq.ParquetWriter(beside, table.schema, compression="zstd")
            out.write_table(table, row_group_size=len(values))
        out.close()


def read(path: Path) -> Iterator[tuple[list[str], Embedded]]:
    """The samples and their embeddings, one layer and pooling after another.

    Raises
    ------
    InputError
        if the file holds no embeddings, or vectors of several lengths.
    """
    with parquet(path) as file:
        if file.schema_arrow.names != list(TABLE.columns):
            raise InputError(f"{path.name}: no table of embeddings. Give the one that embed.py wrote.")
        for group in range(file.num_row_groups):
            layer, pooling, samples, lists = file.read_row_group(group).combine_chunks().columns
            flat = lists.chunk(0).flatten().to_numpy()
            if flat.size % len(samples):
                raise InputError(f"{path.name}: vectors of several lengths. Run embed.py again.")
            values = flat.reshape(len(samples), -1)
            yield samples.to_pylist(), Embedded(layer[0].as_py(), pooling[0].as_py(), values)
