"""A genome whose promoters have TATAAA at one place, models that learnt to look for it, and VCFs."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
from scipy.special import expit

from helpers_baseline import MOTIF, planted, random_sequences
from helpers_genome import write_fasta
from lncprom.baseline import train
from lncprom.genome.bases import on_other_strand

LENGTH, TSS_INDEX, MOTIF_AT = 60, 40, 20  # as of helpers_trained
SPACE, PROMOTERS = 400, 60
HEADER = (
    '##fileformat=VCFv4.2\n##INFO=<ID=DP,Number=1,Type=Integer,Description="Depth">\n'
    "##contig=<ID=1>\n##contig=<ID=chr1>\n"
)
COLUMNS = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"


class Linear(NamedTuple):
    """Trained logistic regressions in place of an ensemble; counts what they score."""

    models: list
    seen: list
    length: int = LENGTH
    tss_index: int = TSS_INDEX

    def logits(self, names, texts):
        self.seen.extend(texts)
        return np.stack([model.logit(texts) for model in self.models])

    def calibrated(self, logits):
        return expit(logits)


@cache
def trained() -> tuple:
    """Two position ladders of different data."""
    settings = train.Settings(features="position_ladder", baselines=("none",), c_grid=(0.01,))
    sets = [planted(400, LENGTH, seed, tss_index=[TSS_INDEX] * 400) for seed in (1, 2)]
    return tuple(train.train(rows, "planted", "planted", settings, lambda line: None).model for rows in sets)


def models() -> Linear:
    return Linear(list(trained()), [])


def bases() -> str:
    """One chromosome; every second promoter lies on the other strand."""
    text = "".join(random_sequences(PROMOTERS, SPACE, seed=5))
    for at in range(PROMOTERS):
        start = window_start(at)
        window = text[start : start + LENGTH]
        window = on_other_strand(window) if at % 2 else window
        window = window[:MOTIF_AT] + MOTIF + window[MOTIF_AT + len(MOTIF) :]
        text = text[:start] + (on_other_strand(window) if at % 2 else window) + text[start + LENGTH :]
    return text


def window_start(at: int) -> int:
    return at * SPACE + 150


def promoters(chrom: str = "chr1") -> pl.DataFrame:
    rows = [
        (f"P{at:02d}", None, chrom, window_start(at) + (LENGTH - 1 - TSS_INDEX if at % 2 else TSS_INDEX), "+-"[at % 2])
        for at in range(PROMOTERS)
    ]
    schema = {"promoter": pl.String, "gene_name": pl.String, "chrom": pl.String, "tss": pl.Int64, "strand": pl.String}
    return pl.DataFrame(rows, schema, orient="row")


def bed(path: Path) -> Path:
    rows = promoters().select("chrom", "tss", end=pl.col("tss") + 1, name="promoter", score=0, strand="strand")
    rows.write_csv(path, separator="\t", include_header=False)
    return path


def genome(folder: Path) -> Path:
    return write_fasta(folder / "g.fa", {"chr1": bases()})


def vcf(path: Path, rows: list[tuple], header: str = HEADER) -> Path:
    """A VCF of (chrom, 1-based position, ref, alt)."""
    lines = [f"{chrom}\t{position}\t.\t{ref}\t{alt}\t.\t.\tDP=7\n" for chrom, position, ref, alt in rows]
    path.write_text(header + COLUMNS + "".join(lines))
    return path
