#!/usr/bin/env python3
"""The four tasks at all lengths as a careful user would build them from bedtools and pandas.

It uses nothing of lncprom but the numbers of Bucher's TATA matrix. A task and length are one data set
(Parquet), with its base composition by position and its counts; the inputs' checksums are kept.
"""

from __future__ import annotations

import itertools
import subprocess
from pathlib import Path

import click
import numpy as np
import pandas as pd

STUDY_LEAVES_OUT = ["Bladder", "Cervix - Ectocervix", "Cervix - Endocervix", "Fallopian Tube", "Kidney - Medulla"]
PRIMARY = [*map(str, range(1, 23)), "X", "Y"]
BED = ["chrom", "start", "end", "sample_id", "score", "strand"]
SEED = 42


def shell(command: str) -> str:
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", command], stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout


def read_genes(gtf: str) -> pd.DataFrame:
    names = ["chrom", "source", "feature", "start", "end", "score", "strand", "frame", "attributes"]
    rows = pd.read_csv(gtf, sep="\t", comment="#", names=names, dtype={"chrom": str})
    rows = rows[(rows["feature"] == "gene") & rows["chrom"].isin(PRIMARY)].copy()
    for column in ("gene_id", "gene_name", "gene_biotype"):
        rows[column] = rows["attributes"].str.extract(f'{column} "([^"]+)"', expand=False)
    rows["gene_id"] = rows["gene_id"].str.split(".").str[0]
    rows = rows[~rows.duplicated("gene_id")]
    rows["tss"] = np.where(rows["strand"] == "+", rows["start"] - 1, rows["end"] - 1)
    rows["chrom"] = "chr" + rows["chrom"]
    return rows[["gene_id", "gene_name", "gene_biotype", "chrom", "strand", "tss"]]


def label(genes: pd.DataFrame, gct: str) -> pd.Series:
    tpm = pd.read_csv(gct, sep="\t", skiprows=2)
    tpm.index = tpm.iloc[:, 0].str.split(".").str[0]
    tpm = tpm.iloc[:, 2:].drop(columns=STUDY_LEAVES_OUT, errors="ignore")
    tpm = tpm[tpm.index.isin(genes["gene_id"])]
    low = (tpm <= tpm.quantile(0.25)).all(axis=1)
    high = (tpm > tpm.quantile(0.75)).all(axis=1)
    labels = pd.Series("neither", index=tpm.index)
    labels[low], labels[high] = "low", "high"
    return genes["gene_id"].map(labels).fillna("absent")


def windows(sites: pd.DataFrame, length: int) -> pd.DataFrame:
    forward = sites["strand"] == "+"
    start = np.where(forward, sites["tss"] - (length - 51), sites["tss"] - 50)
    return pd.DataFrame(
        {
            "chrom": sites["chrom"],
            "start": start,
            "end": start + length,
            "sample_id": sites["sample_id"],
            "score": 0,
            "strand": sites["strand"],
        }
    )


def sequences(sites: pd.DataFrame, length: int, sizes: pd.Series, work: Path) -> pd.Series:
    """Sequence of each site's window, in the gene's direction; empty where it leaves the chromosome."""
    bed = windows(sites, length)
    bed = bed[(bed["start"] >= 0) & (bed["end"] <= bed["chrom"].map(sizes))]
    bed.to_csv(work / "windows.bed", sep="\t", header=False, index=False)
    shell(f"bedtools getfasta -s -nameOnly -tab -fi {work}/genome.fa -bed {work}/windows.bed > {work}/windows.tsv")
    found = pd.read_csv(work / "windows.tsv", sep="\t", names=["name", "sequence"])
    return pd.Series(found["sequence"].str.upper().to_numpy(), index=bed.index).reindex(sites.index, fill_value="")


def has_tata(sequence: pd.Series) -> np.ndarray:
    from lncprom.sites.tata_box import CUTOFF, WEIGHTS

    weights = [dict(zip("ACGT", column.tolist(), strict=True)) for column in WEIGHTS.T]
    called = []
    for text in sequence:
        scores = [
            sum(weight.get(base, -10_000) for weight, base in zip(weights, text[at : at + 15], strict=True))
            for at in range(249 - 31 - 3, 249 - 26 - 3 + 1)
        ]
        called.append(max(scores) >= CUTOFF)
    return np.array(called)


def genomic_negatives(sites: pd.DataFrame, avoid: pd.DataFrame, window: int, work: Path) -> pd.DataFrame:
    """Windows of the same size and chromosomes, elsewhere: not near a TSS, not in a gap, not on one another."""
    near = pd.DataFrame({"chrom": avoid["chrom"], "start": avoid["tss"], "end": avoid["tss"] + 1})
    near.to_csv(work / "near.bed", sep="\t", header=False, index=False)
    windows(sites, window).to_csv(work / "positives.bed", sep="\t", header=False, index=False)
    shell(
        f"cut -f1,2 {work}/genome.fa.fai > {work}/genome.sizes;"
        f"bedtools slop -b 1000 -i {work}/near.bed -g {work}/genome.sizes | cat - {work}/gaps.bed | cut -f1-3 |"
        f"  sort -k1,1 -k2,2n | bedtools merge > {work}/excluded.bed;"
        f"bedtools shuffle -chrom -noOverlapping -seed {SEED} -i {work}/positives.bed -g {work}/genome.sizes"
        f"  -excl {work}/excluded.bed > {work}/negatives.bed"
    )
    found = pd.read_csv(work / "negatives.bed", sep="\t", names=BED)
    found["tss"] = np.where(found["strand"] == "+", found["end"] - 51, found["start"] + 50)
    found["sample_id"] = found["chrom"] + ":" + found["tss"].astype(str) + ":" + found["strand"]
    return found[["sample_id", "chrom", "tss", "strand"]].assign(label=0)


def substituted(sequence: str, rng: np.random.Generator) -> str:
    """Of 20 chunks, 12 of the first 19 replaced by random bases."""
    length = len(sequence)
    edges = [part * length // 20 for part in range(21)]
    chunks = [sequence[start:end] for start, end in itertools.pairwise(edges)]
    for part in rng.choice(19, 12, replace=False):
        chunks[part] = "".join(np.array(list("ACGT"))[rng.integers(0, 4, len(chunks[part]))])
    return "".join(chunks)


def unique(sites: pd.DataFrame) -> pd.DataFrame:
    locus = ["chrom", "tss", "strand"]
    both = sites.groupby(locus)["label"].transform("nunique") > 1
    return sites[~both].sort_values("sample_id").drop_duplicates(locus)


def balanced(sites: pd.DataFrame) -> pd.DataFrame:
    least = sites["label"].value_counts().min()
    return sites.groupby("label").sample(n=least, random_state=SEED)


def with_folds(tasks: dict[str, pd.DataFrame], window: int, work: Path) -> dict[str, pd.DataFrame]:
    """Overlapping windows of all tasks share a group, a group lies in one fold."""
    union = pd.concat(tasks.values()).drop_duplicates(["chrom", "tss", "strand"])
    bed = windows(union, window)
    bed["start"] = bed["start"].clip(lower=0)
    bed.to_csv(work / "union.bed", sep="\t", header=False, index=False)
    shell(f"sort -k1,1 -k2,2n {work}/union.bed | bedtools cluster -i - > {work}/groups.bed")
    groups = pd.read_csv(work / "groups.bed", sep="\t", names=[*BED, "group"])
    where = np.where(groups["strand"] == "+", groups["end"] - 51, groups["start"] + 50)
    groups = groups.assign(tss=where)[["chrom", "tss", "strand", "group"]]
    number = groups["group"].max() + 1
    fold = np.random.default_rng(SEED).choice(["train", "dev", "test"], number, p=[0.8, 0.1, 0.1])
    groups["fold"] = fold[groups["group"]]
    return {name: sites.merge(groups, on=["chrom", "tss", "strand"], how="left") for name, sites in tasks.items()}


def composition(rows: pd.DataFrame, length: int) -> pd.DataFrame:
    """Share of each base, and of CpG, by class and position relative to the TSS."""
    tables = []
    for label, part in rows.groupby("label"):
        letters = np.frombuffer("".join(part["sequence"]).encode(), dtype="S1").reshape(len(part), length)
        table = pd.DataFrame({"label": label, "position": np.arange(length) - (length - 51)})
        for base in "ACGT":
            table[base] = (letters == base.encode()).mean(axis=0)
        table["CpG"] = np.append(((letters[:, :-1] == b"C") & (letters[:, 1:] == b"G")).mean(axis=0), np.nan)
        tables.append(table)
    return pd.concat(tables)


@click.command(help=__doc__)
@click.option("--fasta", required=True)
@click.option("--gaps", required=True, help="BED of runs of N.")
@click.option("--gtf", required=True)
@click.option("--expression", required=True)
@click.option("--promoters", required=True)
@click.option("--lengths", default="300,500,1000,2000")
@click.option("--work", type=click.Path(path_type=Path), required=True)
def main(fasta: str, gaps: str, gtf: str, expression: str, promoters: str, lengths: str, work: Path) -> None:
    shell(f"sha256sum {fasta} {gtf} {expression} {promoters} > {work}/checksums.txt")
    shell(f"bgzip -dc -@ 2 {fasta} > {work}/genome.fa; samtools faidx {work}/genome.fa; cp {gaps} {work}/gaps.bed")
    fai = pd.read_csv(work / "genome.fa.fai", sep="\t", header=None)
    sizes = pd.Series(fai[1].to_numpy(), index=fai[0])
    sizes_of = [int(length) for length in lengths.split(",")]

    annotated = read_genes(gtf)
    genes = annotated[annotated["gene_biotype"].isin(["protein_coding", "lncRNA"])].rename(
        columns={"gene_biotype": "biotype"}
    )
    genes = genes.assign(sample_id=genes["gene_id"], expression=label(genes, expression))
    bed = pd.read_csv(promoters, sep="\t", names=[*BED, "thick", "thick_end"])
    bed["tss"] = bed["thick"]

    bed["sequence"] = sequences(bed, 300, sizes, work)
    bed = bed[(bed["sequence"] != "")]
    bed = bed[~has_tata(bed["sequence"])].assign(label=1)
    positives = unique(bed[["sample_id", "chrom", "tss", "strand", "label"]])
    negatives = genomic_negatives(positives, pd.concat([annotated, bed]), max(sizes_of), work)
    high_low = genes[genes["expression"].isin(["high", "low"])]
    high_low = high_low.assign(label=(high_low["expression"] == "high").astype(int))
    coding = genes.assign(label=(genes["biotype"] == "protein_coding").astype(int))
    tasks = {
        "biological_vs_artificial": positives,
        "promoter_vs_nonpromoter": pd.concat([positives, negatives]),
        "high_vs_low_expression": balanced(unique(high_low)),
        "coding_vs_lncrna": balanced(unique(coding)),
    }
    tasks = with_folds(tasks, max(sizes_of), work)

    for name, sites in tasks.items():
        for length in sizes_of:
            rows = sites.assign(sequence=sequences(sites, length, sizes, work))
            rows = rows[(rows["sequence"] != "") & ~rows["sequence"].str.contains("N")]
            if name == "biological_vs_artificial":
                rng = np.random.default_rng(SEED)
                made = [substituted(sequence, rng) for sequence in rows["sequence"]]
                rows = pd.concat([rows, rows.assign(label=0, sample_id=rows["sample_id"] + "~", sequence=made)])
            rows.to_parquet(work / f"{name}.{length}.parquet", index=False)
            composition(rows, length).to_csv(work / f"{name}.{length}.composition.tsv", sep="\t", index=False)
            rows.groupby(["fold", "label"]).size().to_json(work / f"{name}.{length}.counts.json")
            click.echo(f"{name} {length}: {len(rows):,}")


if __name__ == "__main__":
    main()
