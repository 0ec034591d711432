"""Importance beside the bases it is of: one row a sample, one column a position, for the model and its controls."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
import pyarrow.parquet as pq

from lncprom import text
from lncprom.datasets import sequences
from lncprom.errors import InputError
from lncprom.tables import importance

UNKNOWN = 4  # the code of N, and of what lies outside a sequence
PREFERRED = ("integrated_gradients", "kmer_weights", "occlusion")
_CODES = np.full(256, UNKNOWN, np.uint8)
_CODES[list(b"ACGT")] = range(4)


class Scored(NamedTuple):
    """Samples in the order of their ids, with what each control says of each base.

    `codes` is (n, positions) uint8: 0..3 for A, C, G, T, 4 for N and outside; `scores` has float32 of that shape by
    control, NaN where a base was not seen. Column 0 lies at position `first`.
    """

    samples: list[str]
    label: np.ndarray
    codes: np.ndarray
    first: int
    tss_known: bool
    scores: dict[str, np.ndarray]
    seeds: dict[str, list[int]]
    method: str

    @property
    def signed(self) -> bool:
        return self.method in importance.SIGNED


def of_dataset(rows: pl.DataFrame) -> tuple[np.ndarray, int, bool]:
    """Codes of all sequences (n, positions), each laid on its TSS or, without one, its last base; the first position.

    And whether the TSS is known of all.
    """
    known = rows["tss_index"].null_count() == 0
    length = rows["sequence"].str.len_bytes().to_numpy()
    anchor = rows["tss_index"].cast(pl.Int64).fill_null(pl.Series(length) - 1).to_numpy()
    if (anchor >= length).any():
        sample = rows["sample_id"][int(np.flatnonzero(anchor >= length)[0])]
        raise InputError(f"{sample}: its TSS lies outside its sequence; make the data set again")
    letters = sequences.to_codes(rows["sequence"])
    reach = int(anchor.max())
    codes = np.full((rows.height, reach + int((length - anchor).max())), UNKNOWN, np.uint8)
    for at in np.unique(anchor):
        mine = anchor == at
        codes[mine, reach - at : reach - at + letters.shape[1]] = _CODES[letters[mine]][
            :, : codes.shape[1] - reach + at
        ]
    return codes, -reach, known


def read(paths: Sequence[Path], rows: pl.DataFrame, name: str, model: str, method: str) -> Scored:
    """What the tables say of this data set and model by this method (`auto`: the best there is), mean over seeds.

    Each seed's scores are divided by their mean size first, so that none outweighs another.

    Raises
    ------
    InputError
        where a table is of another data set or model, lacks the method, or names samples, labels or positions that the
        data set does not have.
    """
    method = _method(paths, method)
    tables = [(path.name, _rows(path, method, name, model)) for path in paths]
    rows = rows.sort("sample_id")
    found = pl.concat([table["sample_id"].unique() for _, table in tables]).unique().sort()
    for source, table in tables:
        _refuse_others(source, table, rows, name)
    rows = rows.filter(pl.col("sample_id").is_in(found.implode()))
    codes, first, known = of_dataset(rows)
    length = rows["sequence"].str.len_bytes().to_numpy()
    place = pl.DataFrame({"sample_id": rows["sample_id"], "row": np.arange(rows.height)})
    sums: dict[str, np.ndarray] = {}
    seen: dict[str, np.ndarray] = {}
    seeds: dict[str, list[int]] = {}
    parts = {}
    for source, table in tables:
        for (control, seed), part in table.partition_by("control", "seed", as_dict=True).items():
            if (control, seed) in parts:
                raise InputError(f"{source}: seed {seed} of {parts[control, seed][0]} once more; give each table once")
            parts[control, seed] = (source, part)
    for (control, seed), (source, part) in sorted(parts.items(), key=lambda item: item[0]):
        dense = _dense(part.join(place, on="sample_id"), codes, length, first, source)
        size = np.nanmean(np.abs(dense), dtype=np.float64) if not np.isnan(dense).all() else 0.0
        dense = dense / size if size else dense
        there = ~np.isnan(dense)
        total = sums.setdefault(control, np.zeros(codes.shape))
        total[there] += dense[there]
        seen[control] = seen.get(control, 0) + there
        seeds.setdefault(control, []).append(seed)
    scores = {
        control: np.where(seen[control] > 0, total / np.maximum(seen[control], 1), np.nan).astype(np.float32)
        for control, total in sums.items()
    }
    if "" not in scores:
        raise InputError(f"{tables[0][0]}: only controls, none of the model as trained; give that table too")
    label = rows["label"].to_numpy()
    for value, words in ((1, "positive"), (0, "negative")):
        if not (label == value).any():
            raise InputError(f"{tables[0][0]}: no sample of the {words} class; explain samples of both")
    return Scored(rows["sample_id"].to_list(), label, codes, first, known, scores, seeds, method)


def _method(paths: Sequence[Path], wanted: str) -> str:
    there = sorted({method for path in paths for method in _values(path, "method")}, key=importance.METHODS.index)
    if wanted == "auto":
        return next((method for method in PREFERRED if method in there), there[0])
    if wanted not in there:
        raise InputError(f"--method {wanted}: {paths[0].name} has none of it. {text.nearest(wanted, there)}")
    return wanted


def _values(path: Path, column: str) -> list[str]:
    found = importance.read(path, columns=[column])[column].unique().to_list()
    odd = [value for value in found if value not in importance.METHODS]
    if odd or not found:
        raise InputError(
            f"{path.name}: {f'unknown method {odd[0]}' if odd else 'no rows'}; make it with score_attention"
        )
    return found


def _rows(path: Path, method: str, name: str, model: str) -> pl.DataFrame:
    """The rows of one method, read a part at a time and checked."""
    parts = []
    with pq.ParquetFile(path) as file:
        for at in range(file.num_row_groups):
            parts.append(pl.from_arrow(file.read_row_group(at)).filter(pl.col("method") == method))
    rows = importance.check(pl.concat(parts), path.name)
    for column, given in (("dataset", name), ("model", model)):
        odd = rows.filter(pl.col(column) != given)[column]
        if len(odd):
            raise InputError(f"{path.name}: of {column} {odd[0]!r}, not of {given!r}; give the tables of one {column}")
    return rows


def _refuse_others(source: str, table: pl.DataFrame, rows: pl.DataFrame, name: str) -> None:
    given = table.select("sample_id", "label").unique(maintain_order=True)
    joined = given.join(rows.select("sample_id", pl.col("label").alias("known")), on="sample_id", how="left")
    absent = joined.filter(pl.col("known").is_null())["sample_id"]
    if len(absent):
        raise InputError(f"{source}: sample {absent[0]} is not in the data set {name}; give the one it was made from")
    odd = joined.filter(pl.col("known") != pl.col("label"))["sample_id"]
    if len(odd):
        raise InputError(f"{source}: sample {odd[0]} has another label in the data set; give the one it was made from")


def _dense(part: pl.DataFrame, codes: np.ndarray, length: np.ndarray, first: int, source: str) -> np.ndarray:
    row, column = part["row"].to_numpy(), part["position"].to_numpy() - first
    inside = (column >= 0) & (column < codes.shape[1])
    if not inside.all():
        at = int(np.flatnonzero(~inside)[0])
        words = f"sample {part['sample_id'][at]} has position {part['position'][at]}, which its sequence does not reach"
        raise InputError(f"{source}: {words}; give the data set it was made from")
    counted = np.bincount(row, minlength=len(codes))
    bases = length[row]
    if (counted[row] != bases).any():
        at = int(np.flatnonzero(counted[row] != bases)[0])
        words = f"sample {part['sample_id'][at]} has {counted[row[at]]:,} positions, its sequence {bases[at]:,} bases"
        raise InputError(f"{source}: {words}; give the data set it was made from")
    dense = np.full(codes.shape, np.nan, np.float64)
    dense[row, column] = part["score"].fill_null(np.nan).to_numpy()
    return dense
