"""Ensembl 109, GTEx V7 and EPDnew 006 as they are, each figure by an independent route too."""

import gzip
import math
import re

import pandas as pd
import polars as pl
import pytest

from lncprom.genes import expression_labels, expression_table, promoter_bed, tss
from lncprom.genome.reader import Genome
from lncprom.sites import tasks

pytestmark = pytest.mark.real

GTF = "Homo_sapiens.GRCh38.109.genes_only.gtf.gz"
GCT = "GTEx_V7_gene_median_tpm.gct.gz"
EPD = "EPDnew006.chr20_1-10000000.bed"
FASTA = "GRCh38.chr20_1-10000000.fa.gz"
LEFT_OUT = ["Bladder", "Cervix - Ectocervix", "Cervix - Endocervix", "Fallopian Tube"]


@pytest.fixture(scope="module")
def starts(real_data):
    return tss.transcription_starts(real_data / GTF)


@pytest.fixture(scope="module")
def labelled(real_data, starts):
    return expression_labels.label(
        starts.genes, expression_table.read(real_data / GCT), expression_labels.Rule(), source=GCT
    )


@pytest.fixture(scope="module")
def genome(real_data):
    return Genome.open(real_data / FASTA)


def by_pandas(folder):
    """Genes of both biotypes with a row in GTEx, and their TPM in 49 tissues, by pandas alone."""
    lines = pd.read_csv(folder / GTF, sep="\t", comment="#", header=None, dtype=str)
    pick = lines[8].str.extract
    genes = pd.DataFrame({"id": pick('gene_id "([^"]+)"')[0], "biotype": pick('gene_biotype "([^"]+)"')[0]})
    tpm = pd.read_csv(folder / GCT, sep="\t", skiprows=2)
    tpm = tpm[~tpm.gene_id.str.startswith("ENSGR")]
    tpm["id"] = tpm.gene_id.str.split(".").str[0]
    both = genes[genes.biotype.isin(["protein_coding", "lncRNA"])].merge(tpm, on="id")
    return both[["id", "biotype"]], both.drop(columns=["id", "biotype", "gene_id", "Description", *LEFT_OUT])


def test_ensembl_109__every_gene_starts_where_a_regular_expression_says(real_data, starts):
    expected = {}
    with gzip.open(real_data / GTF, "rt") as handle:
        for line in handle:
            if found := re.match(r'(\w+)\t\w+\tgene\t(\d+)\t(\d+)\t\.\t([+-])\t\.\tgene_id "(\w+)"', line):
                chrom, first, last, strand, gene = found.groups()
                expected[gene] = (chrom, strand, int(first) - 1 if strand == "+" else int(last) - 1)
    rows = starts.genes.select("gene_id", "chrom", "strand", "tss").rows()
    assert {gene: tuple(locus) for gene, *locus in rows} == expected
    assert len(expected) == 62_656
    assert starts.dropped == {}
    assert starts.counts["biotype"]["protein_coding"] == 20_024
    assert starts.counts["biotype"]["lncRNA"] == 18_859


def test_gtex_v7__counts_by_biotype_and_label(labelled):
    assert labelled.counts["expression_by_biotype"] == {
        "protein_coding": {"neither": 15_042, "high": 3_288, "absent": 1_218, "low": 476},
        "lncRNA": {"neither": 10_851, "absent": 6_454, "low": 1_530, "high": 24},
    }
    assert labelled.counts["universe"] == 31_211
    assert labelled.counts["tissues"] == 49
    assert labelled.counts["tissues_excluded"] == LEFT_OUT
    assert labelled.counts["percentiles"]["low"]["least"] == 0
    assert labelled.dropped["rows of the expression table for copies on Y of pseudoautosomal genes"] == 46


def test_gtex_v7__labels_equal_those_of_pandas(real_data, labelled):
    genes, tpm = by_pandas(real_data)
    high = (tpm > tpm.quantile(0.75)).all(axis=1)
    low = (tpm <= tpm.quantile(0.25)).all(axis=1)
    expected = dict(zip(genes.id, high.map({True: "high", False: ""}) + low.map({True: "low", False: ""}), strict=True))
    ours = labelled.genes.filter(pl.col("expression").is_in(["high", "low", "neither"]))
    assert {gene: label or "neither" for gene, label in expected.items()} == dict(
        ours.select("gene_id", "expression").iter_rows()
    )


def test_gtex_v7__the_tpm_table_equals_that_of_pandas_to_the_last_digit(real_data, labelled):
    genes, tpm = by_pandas(real_data)
    assert labelled.tpm["biotype"].to_list() == ["protein_coding", "lncRNA"]
    for row in labelled.tpm.iter_rows(named=True):
        values = tpm[genes.biotype == row["biotype"]].stack()
        mean = math.fsum(values) / len(values)
        assert row["genes"] * row["tissues"] == len(values)
        assert row["mean"] == mean
        assert row["sd"] == math.sqrt(math.fsum((values - mean) ** 2) / (len(values) - 1))
        assert row["sd"] == pytest.approx(values.std(), rel=1e-12)
        assert row["median"] == values.median()
        assert row["zero_share"] == (values == 0).mean()
    told = [f"{row['mean']:.2f} ± {row['sd']:.2f}" for row in labelled.tpm.iter_rows(named=True)]
    assert told == ["45.98 ± 870.83", "0.97 ± 8.22"]  # the study, with GTEx V8: 44.93 ± 792.96, 0.94 ± 6.63


# sizes before balancing, of an independent count over 48 tissues (those of GTEx's eQTLs)
SIZES = {
    "lncrna_expressed_vs_silent": (7_796, 1_306),
    "lncrna_high_vs_low": (4_135, 4_135),
    "lncrna_broad_vs_specific": (1_471, 4_207),
}


def test_gtex_v7__tasks_within_lncrna_have_the_known_sizes_and_tau_the_known_quartiles(real_data, starts):
    rule = expression_labels.Rule(exclude_tissues=",".join([*LEFT_OUT, "Kidney - Cortex"]))
    found = expression_labels.label(starts.genes, expression_table.read(real_data / GCT), rule, source=GCT)
    for name, sizes in SIZES.items():
        task = tasks.get(name)
        assert (task.positives.of(found.genes).height, task.negatives.of(found.genes).height) == sizes
    lncrna = pl.col("biotype") == "lncRNA"
    expressed = found.genes.filter(lncrna, pl.col("max_tpm") >= 1)["tau"]
    assert [round(expressed.quantile(q, "linear"), 2) for q in (0.25, 0.5, 0.75)] == [0.67, 0.88, 0.98]
    by_tissue = found.expression.filter(pl.col("tissue") == "Testis").join(found.genes.filter(lncrna), on="gene_id")
    assert by_tissue.height == 12_405
    assert by_tissue["quantile"].mean() == pytest.approx(0.5, abs=1e-6)  # of ranks, whatever the ties


def test_epd__176_promoters_whose_tss_is_the_fiftieth_of_sixty_bases(real_data):
    found = promoter_bed.read(real_data / EPD).rows
    assert found.height == 176
    assert found["name"].n_unique() == 176  # the file has TRIB3_2 at several loci
    expected = set()
    for line in (real_data / EPD).read_text().splitlines():
        chrom, start, end, _, _, strand, *_ = line.split("\t")
        expected.add((chrom, strand, int(start) + 49 if strand == "+" else int(end) - 50))
    assert set(found.select("chrom", "strand", "tss").rows()) == expected
