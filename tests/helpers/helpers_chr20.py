"""Task 3 (high against low expression) on ten million bases of chromosome 20, built by the steps themselves."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from pathlib import Path

from click.testing import CliRunner


def call(name: str, *given: object) -> None:
    """A script of bin/, which has to succeed."""
    result = CliRunner().invoke(importlib.import_module(name).main, [str(word) for word in given])
    assert result.exit_code == 0, result.output


def task3(data: Path, folder: Path, lengths: Iterable[int]) -> dict[int, Path]:
    """Length -> data set, named task3_<length>, in `folder`; `data` holds the real files."""
    at = folder.joinpath
    genome, gtf = data / "GRCh38.chr20_1-10000000.fa.gz", data / "Homo_sapiens.GRCh38.109.genes_only.gtf.gz"
    given = ("--out", at("genes"), "--all-tss", at("tss.bed"), "--card", at("extract_tss.json"))
    call("extract_tss", "--gtf", gtf, *given)
    given = ("--tpm-table", at("tpm.tsv"), "--out", at("labelled"), "--card", at("label_expression.json"))
    call("label_expression", "--genes", at("genes"), "--expression", data / "GTEx_V7_gene_median_tpm.gct.gz", *given)
    given = ("--genes", at("labelled"), "--genome", genome, "--max-unplaced", 1)  # the FASTA is a part of the genome
    outputs = ("--out", at("task3.sites.parquet"), "--card", at("define_task.json"))
    call("define_task", "--task", "high_vs_low_expression", *given, *outputs)
    at("folds").mkdir()
    given = ("--window", max(lengths), "--out-dir", at("folds"), "--card", at("assign_folds.json"))
    call("assign_folds", "--sites", at("task3.sites.parquet"), *given)
    for length in lengths:
        given = ("--sites", at("folds") / "task3.sites.parquet", "--genome", genome, "--length", length)
        outputs = ("--out", at(f"{length}.parquet"), "--composition", at("bases.tsv"), "--card", at(f"{length}.json"))
        call("build_length_variants", *given, "--name", f"task3_{length}", *outputs)
    return {length: at(f"{length}.parquet") for length in lengths}
