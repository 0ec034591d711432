"""Sequences as strings and as rows of ASCII letters."""

from __future__ import annotations

import numpy as np
import polars as pl
import pyarrow as pa

from lncprom.tables.base import from_arrow


def to_strings(codes: np.ndarray) -> pl.Series:
    """Rows of ASCII letters, uint8 (n, length), as strings, without a Python object per row."""
    rows, length = codes.shape
    offsets = np.arange(0, rows * length + 1, max(1, length), dtype=np.int64)[: rows + 1]
    text = pa.LargeStringArray.from_buffers(
        rows, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(codes).reshape(-1))
    )
    return from_arrow(pa.table({"sequence": text}))["sequence"]


def to_codes(sequences: pl.Series) -> np.ndarray:
    """ASCII letters of sequences: uint8 (n, longest); shorter ones are filled with 0."""
    lengths = sequences.str.len_bytes().to_numpy()
    width = int(lengths.max()) if len(lengths) else 0
    text = np.frombuffer("".join(sequences).encode(), dtype=np.uint8)
    if (lengths == width).all():
        return text.reshape(len(lengths), width)
    codes = np.zeros((len(lengths), width), dtype=np.uint8)
    codes[np.arange(width) < lengths[:, None]] = text
    return codes
