"""The scores of one method as a table, sample x position, and as the study's Figure 2 in two orders."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq

from lncprom import files
from lncprom import study as published
from lncprom.profiles import heatmap, heatmap_order, method_titles, score_matrix
from lncprom.profiles.means import Curve, Means, Settings
from lncprom.profiles.score_matrix import Scored
from lncprom.tables import importance

COARSE = 1.5  # bases a score from which on a figure says so


def write(
    found: Scored,
    means: dict[tuple[str, str, int], Means],
    method: str,
    dataset: str,
    model: str,
    settings: Settings,
    folder: Path,
    with_png: bool = True,
) -> float:
    """Write the matrix and both heat maps of a method; return how many neighbouring bases share one score."""
    matrix = found.mean(method)
    curves: dict[str, dict[int, Curve]] = {}
    for (control, of, label), (_, share) in means.items():
        if of == method:
            curves.setdefault(control, {})[label] = share
    total, _ = heatmap_order.by_score(matrix, found.position, found.tss_known)
    block = heatmap_order.block(next(iter(found.of(method).values())))
    ids = found.samples["sample_id"].to_list()
    by_class = {label: np.flatnonzero(found.label == label) for label in (1, 0)}
    ranked = {label: rows[np.argsort(-total[rows], kind="stable")] for label, rows in by_class.items()}
    leaves = {}
    for label, rows in by_class.items():
        drawn = rows[heatmap_order.drawn([ids[row] for row in rows], heatmap_order.CLUSTERED, settings.seed)]
        leaves[label] = drawn[heatmap_order.by_cluster(matrix[drawn], found.position, found.tss_known)]
    _matrix(found, matrix, total, ranked, leaves, folder / f"{method}.matrix")
    study = published.TASKS.get(found.samples["task"][0])
    names = (study.negative, study.positive) if study else ("class 0", "class 1")
    for name, rows, how in (
        ("heatmap", ranked, "by their sum upstream of the TSS" if found.tss_known else "by their sum"),
        ("clustered", leaves, "by similarity (Ward)"),
    ):
        resolution = f" One score for about {block:.0f} neighbouring bases." if block >= COARSE else ""
        figure = heatmap.Figure2(
            f"{method_titles.TITLES[method]}: {model}, {dataset}",
            f"Rows: ordered {how}. Shaded: {100 * settings.confidence:g}% interval.{resolution}",
            found.position,
            found.tss_known,
            method in importance.SIGNED,
            {1: names[1], 0: names[0]},
            {label: matrix[of] for label, of in rows.items()},
            curves[score_matrix.TRAINED],
            curves.get("random_init"),
            settings.region,
        )
        png = folder / f"{method}.{name}.png" if with_png else None
        heatmap.draw(figure, folder / f"{method}.{name}.svg", png)
    return block


def _matrix(found: Scored, matrix: np.ndarray, total: np.ndarray, ranked: dict, leaves: dict, path: Path) -> None:
    """One row a sample, class 1 first, as in the heat map; a column a position.

    `rank` and `cluster` are the sample's row in its class's heat map, by score and by similarity.
    """
    rows = np.concatenate([ranked[1], ranked[0]])
    place = np.full(len(matrix), -1)
    for label in (1, 0):
        place[leaves[label]] = np.arange(len(leaves[label]))
    rank = np.concatenate([np.arange(len(ranked[label])) for label in (1, 0)])
    table = found.samples.select("sample_id", pl.col("label").cast(pl.Int64))[rows].with_columns(
        pl.Series("rank", rank),
        pl.Series("cluster", place[rows], strict=False).replace(-1, None),
        pl.Series("score", total[rows]).round_sig_figs(6),
    )
    values = matrix[rows].astype(np.float32)
    columns = {str(at): values[:, column] for column, at in enumerate(found.position.tolist())}
    table = table.hstack(pl.DataFrame(columns).fill_nan(None))
    arrow = table.to_arrow(compat_level=pl.CompatLevel.oldest()).combine_chunks()
    with files.writing(path.with_name(f"{path.name}.parquet")) as beside:
        pq.write_table(arrow, beside, compression="zstd")
    text = path.with_name(f"{path.name}.tsv.gz")
    with files.writing(text) as beside, open(beside, "wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as handle:
        table.write_csv(handle, separator="\t")
