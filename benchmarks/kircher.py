#!/usr/bin/env python3
"""Predicted and measured effects of variants on promoters (Kircher et al. 2019): docs/benchmarks/variants.md."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import numpy as np
import polars as pl
from scipy.stats import spearmanr
from steps import call

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "bin"))
LENGTH, TSS_INDEX, SEEDS = 300, 249, (1, 2, 3)
TAGS, SURE = 10, 1e-5  # barcodes of a variant at least; p of a measured effect
FEWEST = 150  # bases of an element in a gene's window
# of Ensembl's gene, the 5' end lies elsewhere: that of the MANE transcript NM_000518, 0-based
CANONICAL = {"HBB": 5_227_070}
CONTROLS = {"TERT C228T": (1_295_113, "A"), "TERT C250T": (1_295_135, "A")}


def train(data: Path, work: Path) -> dict[str, list[Path]]:
    """Models by name, trained on GUE's promoters with and without a TATA box; those in `work` are taken as they are."""
    table = work / "gue.parquet"
    if not table.exists():
        both = [pl.read_csv(data / "gue" / f"prom_300_{name}.csv.gz") for name in ("tata.train", "notata.dev")]
        pl.concat(both).write_csv(work / "train.csv")
        folds = ["--train", work / "train.csv", "--test", data / "gue" / "prom_300_tata.dev.csv.gz"]
        others = ("--composition", work / "composition.tsv", "--card", work / "dataset.json")
        call("import_dataset", "--name", "gue", *folds, "--tss-index", TSS_INDEX, "--out", table, *others)
    given, found = ("--dataset", table, "--name", "gue"), {"k-mers": [], "position ladder": [], "CNN": []}
    cnn = ("--family", "cnn", "--model", "cnn", "--epochs", 8, "--batch", 64, "--learning-rate", "2e-3", "--threads", 1)
    trainings = [
        ("k-mers", "kmers", "train_baseline", ("--features", "kmers")),
        ("position ladder", "ladder", "train_baseline", ("--features", "position_ladder")),
        *(("CNN", f"cnn{seed}", "finetune", (*cnn, "--seed", seed)) for seed in SEEDS),
    ]
    for name, folder, script, how in trainings:
        at = work / folder
        found[name].append(at / "model")
        if not (at / "model").exists():
            at.mkdir(exist_ok=True)
            outputs = ("--out-dir", at / "model", "--predictions", at / "p.parquet", "--card", at / "c.json")
            more = ("--kmers", at / "k.tsv", "--plot", at / "k.svg") if script == "train_baseline" else ()
            call(script, *given, *how, *outputs, *(more or ("--training", at / "t.tsv")))
    return found


def measured(data: Path) -> pl.DataFrame:
    rows = pl.read_csv(
        data / "kircher2019_elements.tsv.gz", separator="\t", null_values=["NA"], infer_schema_length=None
    )
    return rows.filter(pl.col("Release") == "GRCh38").drop_nulls("Pos").with_columns(start=pl.col("Pos") - 1)


def genome(rows: pl.DataFrame, path: Path) -> dict[str, int]:
    """One sequence an element, N where its bases are not in the file; the position of the first base of each."""
    first, lines = {}, []
    for (element,), part in rows.partition_by("Element", as_dict=True, maintain_order=True).items():
        first[element] = part["start"].min() - 2 * LENGTH
        letters = ["N"] * (part["start"].max() - first[element] + 2 * LENGTH)
        for at, base in part.select("start", "Ref").iter_rows():
            letters[at - first[element]] = base
        lines += [f">{element}", "".join(letters)]
    path.write_text("\n".join(lines) + "\n")
    return first


def promoters(rows: pl.DataFrame, first: dict[str, int], data: Path) -> pl.DataFrame:
    """The gene whose window holds most bases of each element, where it holds enough."""
    from lncprom.genes import tss

    genes = tss.transcription_starts(data / "Homo_sapiens.GRCh38.109.genes_only.gtf.gz").genes
    moved = pl.col("gene_name").replace_strict(CANONICAL, default=pl.col("tss"), return_dtype=pl.Int64)
    genes = genes.with_columns(tss=moved)
    found = []
    for element, origin in first.items():
        own = rows.filter(pl.col("Element") == element)
        places = own["start"].unique().to_numpy()
        near = genes.filter(pl.col("chrom") == own["Chrom"][0], (pl.col("tss") - int(places[0])).abs() < 2_000)
        for name, strand, at in near.select("gene_name", "strand", "tss").iter_rows():
            start = at - (TSS_INDEX if strand == "+" else LENGTH - 1 - TSS_INDEX)
            inside = int(((places >= start) & (places < start + LENGTH)).sum())
            if inside >= FEWEST:
                found.append((element, name or "", element, at - origin, strand, inside))
    columns = ["promoter", "gene_name", "chrom", "tss", "strand", "bases"]
    table = pl.DataFrame(found, columns, orient="row").sort("bases", descending=True)
    return table.unique("chrom", keep="first", maintain_order=True).sort("promoter")


def scores(rows: pl.DataFrame, first: dict, at: pl.DataFrame, fasta: Path, folders: list[Path]) -> pl.DataFrame:
    """SNVs with enough tags in windows: element, start, inserted, Coefficient, pValue, distance, delta."""
    from lncprom.application import ensemble, variant_effects
    from lncprom.genome.reader import Genome

    rows = rows.filter(pl.col("Barcodes") >= TAGS, pl.col("Alt").is_in(list("ACGT")))
    origin = pl.col("Element").replace_strict(first, return_dtype=pl.Int64)
    rows = rows.with_columns(chrom="Element", start=pl.col("start") - origin, deleted="Ref", inserted="Alt")
    device = {"device": "cpu", "require_gpu": False, "precision": "auto", "threads": 1}
    models = ensemble.open_models(folders, [], 128, device, lambda line: None)
    found = variant_effects.effects(rows, at.drop("bases"), Genome.open(fasta), models, null=0, seed=42).rows
    about = rows[found["variant"]].select("Element", "Pos", "Coefficient", "pValue")
    return found.select("distance", "delta", "inserted").hstack(about)


def auroc(hit: np.ndarray, score: np.ndarray) -> float:
    from scipy.stats import rankdata

    ranks, hits = rankdata(score), hit.sum()
    return float((ranks[hit].sum() - hits * (hits + 1) / 2) / (hits * (len(hit) - hits)))


def lines(found: dict[str, pl.DataFrame], at: pl.DataFrame) -> list[str]:
    """A row an element: Spearman and AUROC of each model and of the distance; then their means."""
    table, values = [], []
    for element, bases in at.select("promoter", "bases").iter_rows():
        cells = []
        for rows in found.values():
            own = rows.filter(pl.col("Element") == element)
            hit, far = (own["pValue"] < SURE).to_numpy(), own["distance"].abs().to_numpy()
            cells.append((spearmanr(own["delta"], own["Coefficient"])[0], auroc(hit, own["delta"].abs().to_numpy())))
        cells.append((spearmanr(far, own["Coefficient"])[0], auroc(hit, -far)))
        values.append(cells)
        text = " | ".join(f"{rho:.2f} / {area:.2f}" for rho, area in cells)
        table.append(f"| {element} | {bases} | {own.height:,} | {hit.sum()} | {text} |")
    means = " | ".join(f"{rho:.2f} / {area:.2f}" for rho, area in np.mean(values, axis=0))
    return [*table, f"| mean | | | | {means} |"]


def controls(found: dict[str, pl.DataFrame]) -> list[str]:
    """Percentile of delta of known activating variants among all SNVs of the element, by model."""
    table = []
    for name, (position, base) in CONTROLS.items():
        cells = []
        for rows in found.values():
            own = rows.filter(pl.col("Element") == "TERT-GBM")
            delta = own.filter(pl.col("Pos") == position, pl.col("inserted") == base)["delta"][0]
            cells.append(f"{delta:+.2f} ({100 * (own['delta'] < delta).mean():.0f})")
        table.append(f"| {name} | {' | '.join(cells)} |")
    return table


@click.command(help=__doc__)
@click.option("--data", type=click.Path(exists=True, path_type=Path), default=ROOT.parent / "shared" / "data")
@click.option("--work", type=click.Path(exists=True, path_type=Path), required=True, help="Folder for the models.")
@click.option("--out", type=click.Path(path_type=Path), default=ROOT / "docs" / "benchmarks" / "variants.md")
def main(data: Path, work: Path, out: Path) -> None:
    models = train(data, work)
    rows = measured(data)
    first = genome(rows, work / "elements.fa")
    at = promoters(rows, first, data)
    found = {name: scores(rows, first, at, work / "elements.fa", folders) for name, folders in models.items()}
    left = sorted(set(first) - set(at["promoter"]))
    text = [
        "# Measured effects of variants",
        "",
        "Made by `python benchmarks/kircher.py --work <folder>`. Models that learnt promoters from other sequences",
        "(GUE, 300 bp, with and without a TATA box) score the SNVs of promoters whose activity Kircher et al. (2019)",
        "measured in cells (doi 10.1038/s41467-019-11526-w). No model saw a measured effect.",
        "",
        "Each cell: Spearman's correlation of delta (change of the logit) with the measured effect / AUROC of |delta|",
        f"for SNVs with a measured effect (p < {SURE:g}), over SNVs with at least {TAGS} tags. `bases`: those of the",
        "element in the window of -249 to +50; the file has no others: they are N. `distance`: the trivial baseline,",
        "distance to the TSS alone (SNVs nearer to it count as lowering, and as effects). The CNN is the mean of three",
        "seeds.",
        "",
        f"| element | bases | SNVs | p < {SURE:g} | {' | '.join(found)} | distance |",
        "|---|---|---|---|" + "---|" * (len(found) + 1),
        *lines(found, at),
        "",
        f"Left out, since no gene's window of Ensembl 109 holds {FEWEST} of their bases: {', '.join(left)}.",
        "For HBB the TSS is that of its MANE transcript.",
        "",
        "Two mutations that activate TERT in cancer: delta, and its percentile among the element's SNVs:",
        "",
        f"| variant | {' | '.join(found)} |",
        "|---|" + "---|" * len(found),
        *controls(found),
    ]
    out.write_text("\n".join(text) + "\n", encoding="utf-8")
    click.echo(f"written: {out}")


if __name__ == "__main__":
    main()
