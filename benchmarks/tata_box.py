#!/usr/bin/env python3
"""Ask what small models look at on real promoters: is it the TATA box, at which rank, by which method?

After `benchmarks/real_data.py --work FOLDER`, with the models that it left: on GUE's TATA promoters the patterns that
compare_motifs finds; on chromosome 20 the rank of the window at the box in the promoters of task 3 that have one.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import click
import numpy as np
import polars as pl
from steps import call

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "bin"), str(ROOT / "tests" / "helpers")]
# name in real_data.py -> family, methods whose patterns are looked at (attention is never shown alone)
MODELS = {
    "cnn": ("cnn", ("integrated_gradients",)),
    "dnabert_6": ("dnabert", ("attention", "integrated_gradients")),
    "esm": ("nucleotide_transformer", ("integrated_gradients",)),
    "dnabert_2": ("dnabert2", ("integrated_gradients",)),
}
TASK3, TSS = "high_vs_low_expression_300", 249
LIKE = re.compile("TATA|ATAA")


def score(work: Path, model: str, dataset: Path, *words: object) -> Path:
    """Importance (Parquet) of the samples of a data set for a model that learnt from GUE TATA."""
    at = work / "tata_box" / f"{dataset.stem}.{model}"
    at.mkdir(parents=True, exist_ok=True)
    folder = work / "gue" / "results" / "models" / f"tata.{model}.seed42.model"
    given = ("--dataset", dataset, "--name", dataset.stem, "--trained-on", "tata", "--model-dir", folder)
    about = ("--model", model, "--family", MODELS[model][0], "--threads", 1)
    outputs = ("--out", at / "i.parquet", "--curves", at / "d.tsv", "--heads", at / "h.tsv", "--card", at / "i.json")
    call("score_attention", *given, *about, *words, *outputs)
    return at


def patterns(work: Path, samples: int) -> list[str]:
    """Rows: model, method, rank of the first pattern like TATA among those of promoters, where it lies, its name."""
    lines = []
    dataset = work / "gue" / "results" / "datasets" / "tata.parquet"
    for model, (_, methods) in MODELS.items():
        at = score(work, model, dataset, "--samples", samples, "--methods", ",".join(methods))
        for method in methods:
            out = at / f"{method}.motifs"
            given = ("--importance", at / "i.parquet", "--dataset", dataset, "--name", "tata", "--model", model)
            call("compare_motifs", *given, "--method", method, "--out-dir", out, "--card", at / f"{method}.json")
            table = pl.read_csv(out / "motifs.tsv", separator="\t", infer_schema_length=0)
            lines.append(f"| {model} | {method} | {told(table)} |")
    return lines


def told(table: pl.DataFrame) -> str:
    own = table.filter(pl.col("control").is_null(), pl.col("class") == "positive")
    total = own["pattern"].n_unique()
    for row in own.sort(pl.col("rank").cast(int)).iter_rows(named=True):
        if LIKE.search(row["consensus"]):
            where = f"{float(row['position_median']):.0f} ({row['position_low']} to {row['position_high']})"
            name = f"{row['motif_name'] or 'none'}, q {float(row['tomtom_q']):.2g}" if row["tomtom_q"] else "none"
            of = f"{row['sequences']} of {row['of_sequences']}"
            return f"{row['rank']} of {total} | {row['consensus']} | {where} | {of} | {row['evidence']} | {name}"
    return f"none of {total} | | | | |"


def ranks(work: Path) -> tuple[int, list[str]]:
    """How many promoters of task 3 have a box, and rows: model, method, rank of its window in each, trained and not."""
    from helpers_real import rank
    from lncprom.sites import tata_box

    dataset = work / "chr20" / "results" / "datasets" / f"{TASK3}.parquet"
    rows = pl.read_parquet(dataset).sort("sample_id")
    letters = np.frombuffer("".join(rows["sequence"]).encode(), np.uint8).reshape(rows.height, -1)
    boxed = rows.filter(pl.Series(tata_box.has_tata(letters, TSS)))["sample_id"].to_list()
    lines = []
    for model in MODELS:
        named = [word for name in rows["sample_id"] for word in ("--sample", name)]
        scores = pl.read_parquet(score(work, model, dataset, "--methods", "auto", *named) / "i.parquet")
        for method in scores["method"].unique().sort():
            cells = []
            for control in ("", "random_init"):
                one = scores.filter(pl.col("method") == method, pl.col("control") == control)
                cells.append(", ".join(str(rank(one, name)) for name in boxed) if one.height else "")
            lines.append(f"| {model} | {method} | {cells[0]} | {cells[1]} |")
    return len(boxed), lines


@click.command(help=__doc__)
@click.option("--work", type=click.Path(exists=True, path_type=Path), required=True, help="The folder of real_data.py.")
@click.option("--samples", type=click.IntRange(1), default=100, show_default=True, help="Of each class of GUE's test.")
@click.option("--out", type=click.Path(path_type=Path), default=ROOT / "docs" / "benchmarks" / "tata_box.md")
def main(work: Path, samples: int, out: Path) -> None:
    work = work.resolve()
    boxes, chr20 = ranks(work)
    lines = [
        "# The TATA box on real promoters",
        "",
        "Made by `python benchmarks/tata_box.py --work <folder>` from the models of",
        "[real data](real_data.md), trained on GUE `prom_300_tata` with seed 42.",
        "",
        "## GUE: patterns in promoters with a TATA box",
        "",
        f"{samples} promoters and {samples} others of test (the published dev). The first pattern of promoters",
        "that contains TATA or ATAA: its rank, its median position and range relative to the TSS, the number of",
        "promoters, its evidence compared with the controls, the first hit in JASPAR 2024 and its q.",
        "",
        "| model | method | rank | pattern | position | promoters | evidence | JASPAR |",
        "|---|---|---|---|---|---|---|---|",
        *patterns(work, samples),
        "",
        "## Chromosome 20: promoters of task 3, by the same models",
        "",
        f"Of 24 promoters (12 of high, 12 of low expression) {boxes} have a TATA box by Bucher's matrix at EPD's",
        "position. All are of defensins, whose expression is low in most tissues; they are too few for a pattern. The",
        "models of GUE score each base of these promoters. The table gives the rank of the window at the box among",
        "the 292 windows of nine bases of the promoter, for the trained and for the randomly initialised model.",
        "",
        "| model | method | trained | randomly initialised |",
        "|---|---|---|---|",
        *chr20,
    ]
    out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    click.echo(f"written: {out}")


if __name__ == "__main__":
    main()
