"""Tasks within a biotype, matched pairs, strata, leaks and transfer on ten million bases of chromosome 20.

Every label and target is worked out again by pandas from the GTEx table.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.metrics import roc_auc_score

import helpers_real
from helpers_nextflow import ROOT

pytestmark = [pytest.mark.pipeline, pytest.mark.real, pytest.mark.full]

TASKS = (
    *("lncrna_expressed_vs_silent", "lncrna_high_vs_low", "lncrna_broad_vs_specific", "coding_high_vs_low"),
    *("expression_level", "coding_vs_lncrna"),
)
LENGTHS = (300, 1000)
LEFT_OUT = ["Bladder", "Cervix - Ectocervix", "Cervix - Endocervix", "Fallopian Tube"]
CALIPER = 0.1


@pytest.fixture(scope="module")
def chr20(nextflow, real_data, tmp_path_factory):
    given = [
        *("--tasks", ",".join(TASKS), "--lengths", ",".join(map(str, LENGTHS)), "--fold_by", "homology"),
        *("--match", "coding_vs_lncrna:log_tpm", "--caliper", CALIPER, "--transfer", "declared", "--max_leakage", 0),
        *("--strata", "biotype,cpg_island,bidirectional,tata,homology", "--explain", "none"),
        *("--models", ROOT / "assets" / "models_baseline.csv"),
    ]
    outdir = tmp_path_factory.mktemp("chr20")
    run = nextflow(outdir, "-profile", "venv", *helpers_real.chr20(real_data), *map(str, given))
    assert run.status == 0, run.output
    return run


@pytest.fixture(scope="module")
def log_tpm(real_data):
    """log2(TPM + 1) by gene, tissues as columns."""
    tpm = pd.read_csv(real_data / "GTEx_V7_gene_median_tpm.gct.gz", sep="\t", skiprows=2)
    tpm = tpm[~tpm.gene_id.str.startswith("ENSGR")].assign(gene_id=lambda rows: rows.gene_id.str.split(".").str[0])
    return np.log2(tpm.set_index("gene_id").drop(columns=["Description", *LEFT_OUT]) + 1)


def dataset(chr20, task, length=300) -> pd.DataFrame:
    return pl.read_parquet(chr20.outdir / "datasets" / f"{task}_{length}.parquet").to_pandas()


def test_labels_and_targets__as_pandas_has_them(chr20, log_tpm):
    greatest, mean = log_tpm.max(axis=1), log_tpm.mean(axis=1)
    rows = dataset(chr20, "lncrna_expressed_vs_silent")
    assert set(rows.biotype) == {"lncRNA"}
    assert ((greatest[rows.gene_id] >= 1).to_numpy() == rows.label).all()  # 1 TPM
    assert (greatest[rows.gene_id[rows.label == 0]] < np.log2(1.1)).all()
    rows = dataset(chr20, "lncrna_broad_vs_specific")
    assert (((log_tpm >= 1).mean(axis=1)[rows.gene_id] >= 0.5).to_numpy() == rows.label).all()
    specific = log_tpm.loc[rows.gene_id[rows.label == 0]]
    tau = (1 - specific.div(specific.max(axis=1), axis=0)).sum(axis=1) / (specific.shape[1] - 1)
    assert (tau >= 0.85).all()
    for task, biotype in (("lncrna_high_vs_low", "lncRNA"), ("coding_high_vs_low", "protein_coding")):
        rows = dataset(chr20, task)
        high, low = (mean[rows.gene_id[rows.label == label]] for label in (1, 0))
        assert set(rows.biotype) == {biotype}
        assert high.min() > low.max()
    rows = dataset(chr20, "expression_level")
    assert rows.target.to_numpy() == pytest.approx(mean[rows.gene_id].to_numpy())


def test_matched_pairs__within_the_caliper_in_one_split_and_expression_says_less_of_the_class(chr20, log_tpm):
    rows = dataset(chr20, "coding_vs_lncrna")
    value = log_tpm.mean(axis=1)[rows.gene_id].to_numpy()
    coding, lncrna = (np.sort(value[rows.label == label]) for label in (1, 0))
    assert len(coding) == len(lncrna) > 20
    placed = pl.read_parquet(chr20.outdir / "datasets" / "genes" / "labelled.genes.parquet")
    placed = placed.filter(pl.col("chrom") == "20", pl.col("tss") < 10_000_000).to_pandas()
    known = placed[placed.gene_id.isin(log_tpm.index)]
    mean = log_tpm.mean(axis=1)[known.gene_id].to_numpy()
    sides = mean[known.biotype == "protein_coding"], mean[known.biotype == "lncRNA"]
    sd = np.sqrt(np.mean([side.var(ddof=1) for side in sides]))
    assert np.abs(coding - lncrna).max() <= CALIPER * sd * 1.05  # a few genes share a TSS with others and were left out
    before = roc_auc_score(known.biotype == "protein_coding", mean)
    assert abs(roc_auc_score(rows.label, value) - 0.5) < 0.1 < before - 0.5


def test_leaks__no_test_sample_resembles_train_at_any_length(chr20):
    for task in TASKS:
        for length in LENGTHS:
            found = pl.read_csv(chr20.outdir / "datasets" / "leaks" / f"{task}_{length}.leaks.tsv", separator="\t")
            assert found.filter(measure="leak", level="any")["samples"].to_list() == [0, 0]


def test_strata_and_transfer__levels_of_real_promoters_and_both_directions(chr20):
    strata = pl.read_csv(chr20.outdir / "metrics" / "expression_level_300.strata.tsv", separator="\t")
    kinds = dataset(chr20, "expression_level").query("fold == 'test'").biotype.value_counts()
    of_biotype = strata.filter(stratum="biotype", metric="spearman", model="logistic_regression")
    assert dict(of_biotype.select("level", "n").rows()) == kinds.to_dict()
    assert set(strata["stratum"]) == {
        "biotype",
        "cpg_island",
        "bidirectional",
        "tata",
        "homology",
    }  # this FASTA is upper case: no repeats
    transfer = pl.read_csv(chr20.outdir / "metrics" / "transfer.tsv", separator="\t")
    assert set(transfer.select("trained_on", "tested_on").rows()) == {
        (f"{one}_{length}", f"{other}_{length}")
        for length in LENGTHS
        for one, other in (("coding_high_vs_low", "lncrna_high_vs_low"), ("lncrna_high_vs_low", "coding_high_vs_low"))
    }
    report = (chr20.outdir / "report" / "report.html").read_text()
    assert all(f'id="{section}"' in report for section in ("regression", "strata", "transfer"))
