"""What tests and benchmarks on real data have in common: small models for GUE, chromosome 20, the rank of a window."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

MODELS_HEADER = "name,family,checkpoint,epochs,batch,learning_rate,options"
# Weights drawn at random, but for ESM's: all of them are trained, from a base that has read simulated promoters.
GUE_MODELS = (
    ("lr", "logistic_regression", "", "", "", "", ""),
    ("cnn", "cnn", "", 8, 64, "2e-3", ""),
    ("dnabert_6", "dnabert", "demo:dnabert_6", 4, 64, "3e-3", ""),
    ("esm", "nucleotide_transformer", "demo:nucleotide_transformer", 4, 64, "3e-3", "lora_r=0"),
    ("dnabert_2", "dnabert2", "demo:dnabert2", 5, 64, "2e-3", ""),
)
WIDTH = 9  # bases of a window, as compare_motifs takes them
# Where a window may begin that shares four bases at least with TATAWAWR at -33 to -27
PLACE = range(-36, -24)


def write_sheet(path: Path, header: str, rows) -> None:
    path.write_text("\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n")


def chr20(data: Path) -> list[str]:
    """The options that name ten million bases of chromosome 20, genes, expression and EPD's promoters."""
    sources = {
        "fasta": data / "GRCh38.chr20_1-10000000.fa.gz",
        "gtf": data / "Homo_sapiens.GRCh38.109.genes_only.gtf.gz",
        "expression": data / "GTEx_V7_gene_median_tpm.gct.gz",
        "promoters": data / "EPDnew006.chr20_1-10000000.bed",
        "max_unplaced": 1,  # the FASTA is a part of the genome
    }
    return [str(word) for name, value in sources.items() for word in (f"--{name}", value)]


def rank(scores: pl.DataFrame, name: str) -> int:
    """Place of the best window at the TATA box among all windows of a promoter, by the sum of absolute scores."""
    one = scores.filter(pl.col("sample_id") == name).sort("position")
    sums = np.convolve(one["score"].abs().fill_null(0).to_numpy().astype(float), np.ones(WIDTH), "valid")
    best = sums[np.isin(one["position"].to_numpy()[: len(sums)], PLACE)].max()
    return int((sums > best).sum()) + 1
