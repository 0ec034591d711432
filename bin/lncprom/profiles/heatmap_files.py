"""The scores of one method as a table, sample x position, and as the study's Figure 2 in two orders."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq
from scipy.cluster import hierarchy

from lncprom import files, random_keys
from lncprom.profiles import heatmap
from lncprom.profiles.means import Settings
from lncprom.profiles.score_matrix import Scored

COARSE = 1.5  # bases a score from which on a figure says so
CLUSTERED = 2000  # promoters of a class at most: distances grow with the square
_BIN = 10  # bases that a cluster looks at together: a motif a few bases away is the same motif


def write(found: Scored, means: dict, method: str, settings: Settings, folder: Path, png: bool) -> float:
    """Write the matrix and both heat maps of a method; return how many neighbouring bases share one score.

    `means`: by control, method and class, as of `means.means`.
    """
    matrix = found.mean(method)
    near = matrix[:, found.position < 0] if found.tss_known else matrix
    total = np.nansum(near.astype(np.float64), axis=1)
    ranked, leaves = {}, {}
    for label in (1, 0):
        rows = np.flatnonzero(found.label == label)
        ranked[label] = rows[np.argsort(-total[rows], kind="stable")]
        keys = random_keys.keys(found.samples["sample_id"][rows].to_list(), settings.seed, "heat map")
        drawn = rows[np.sort(np.argsort(keys, kind="stable")[:CLUSTERED])]
        leaves[label] = drawn[by_cluster(near[drawn])]
    _matrix(found, matrix, total, ranked, leaves, folder / f"{method}.matrix")
    resolution = block(next(iter(found.of(method).values())))
    end = f". Shaded: {100 * settings.confidence:g}% interval."
    end += f" One score for about {resolution:.0f} neighbouring bases." if resolution >= COARSE else ""
    by_sum = "by their sum upstream of the TSS" if found.tss_known else "by their sum"
    orders = {"heatmap": (f"Rows: ordered {by_sum}{end}", ranked)}
    orders["clustered"] = (f"Rows: ordered by similarity (Ward){end}", leaves)
    heatmap.draw(found, means, method, settings.region, orders, folder / method, png)
    return resolution


def _matrix(found: Scored, matrix: np.ndarray, total: np.ndarray, ranked: dict, leaves: dict, path: Path) -> None:
    """One row a sample, class 1 first, as in the heat map; a column a position.

    `rank` and `cluster` are the sample's row in its class's heat map, by score and by similarity.
    """
    rows = np.concatenate([ranked[1], ranked[0]])
    place = {row: at for label in (1, 0) for at, row in enumerate(leaves[label].tolist())}
    about = {
        "rank": np.concatenate([np.arange(len(ranked[label])) for label in (1, 0)]),
        "cluster": pl.Series([place.get(row) for row in rows.tolist()], dtype=pl.Int64),
        "score": pl.Series(total[rows]).round_sig_figs(6),
    }
    values = matrix[rows].astype(np.float32)
    scores = {str(at): values[:, column] for column, at in enumerate(found.position.tolist())}
    table = found.samples.select("sample_id", pl.col("label").cast(pl.Int64))[rows]
    table = table.hstack(pl.DataFrame(about)).hstack(pl.DataFrame(scores).fill_nan(None))
    arrow = table.to_arrow(compat_level=pl.CompatLevel.oldest()).combine_chunks()
    with files.writing(path.with_name(f"{path.name}.parquet")) as beside:
        pq.write_table(arrow, beside, compression="zstd")
    text = path.with_name(f"{path.name}.tsv.gz")
    with files.writing(text) as beside, open(beside, "wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as handle:
        table.write_csv(handle, separator="\t")


def by_cluster(near: np.ndarray) -> np.ndarray:
    """Rows in the order of the leaves of Ward's tree over scores (rows, positions), binned and scaled to unit sum."""
    if len(near) < 3:
        return np.arange(len(near))
    near = np.nan_to_num(near.astype(np.float64))
    whole = near[:, near.shape[1] % _BIN :] if near.shape[1] >= _BIN else near
    if whole.shape[1] >= _BIN:
        whole = whole.reshape(len(whole), -1, _BIN).mean(axis=2)
    size = np.abs(whole).sum(axis=1, keepdims=True)
    scaled = np.divide(whole, size, out=np.zeros_like(whole), where=size > 0)
    return hierarchy.leaves_list(hierarchy.linkage(scaled, method="ward"))


def block(matrix: np.ndarray) -> float:
    """How many neighbouring bases share one score, on average: 1 for a score a base, about 6 for tokens of 6.

    Zeros do not count: a base that has no say is in no token.
    """
    one, two = matrix[:, :-1], matrix[:, 1:]
    both = np.isfinite(one) & np.isfinite(two) & ((one != 0) | (two != 0))
    rows = int(both.any(axis=1).sum())
    runs = int((both & (one != two)).sum()) + rows
    return float((both.sum() + rows) / runs) if runs else 1.0
