"""The demo's files: written again byte for byte, and holding what truth.tsv says, read by another route."""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import sys
import zlib
from pathlib import Path

import numpy as np
import pandas as pd
import pysam
import pytest
from click.testing import CliRunner

MOTIFS = {
    "TATA": "TATAAAAG",
    "Inr": "TCAGTT",
    "SP1": "GGGGCGGGGC",
    "NRF1": "TGCGCATGCGC",
    "ETS": "ACCGGAAGTG",
    "NFY": "CAGCCAATCA",
    "YY1": "AAGATGGCGGC",
    "AP1": "TGACTCA",
    "CREB": "TGACGTCA",
}
LEFT_OUT = ["Bladder", "Cervix - Ectocervix", "Fallopian Tube"]
PRIMARY = ["1", "2", "3", "X"]


@pytest.fixture(scope="module")
def demo(root) -> Path:
    return root / "assets" / "demo"


@pytest.fixture(scope="module")
def truth(demo) -> pd.DataFrame:
    return pd.read_csv(demo / "truth.tsv", sep="\t", dtype={"chrom": str}, keep_default_na=False)


@pytest.fixture(scope="module")
def genome(demo, tmp_path_factory) -> pysam.FastaFile:
    copy = tmp_path_factory.mktemp("genome") / "genome.fa.gz"  # the index is written beside the copy
    copy.write_bytes((demo / "genome.fa.gz").read_bytes())
    with pysam.FastaFile(str(copy)) as opened:
        yield opened


@pytest.fixture(scope="module")
def expression(demo) -> pd.DataFrame:
    table = pd.read_csv(demo / "expression.gct.gz", sep="\t", skiprows=2)
    return table.assign(gene=table["Name"].str.split(".").str[0]).set_index("gene")


def window(genome: pysam.FastaFile, chrom: str, tss: int, strand: str, first: int, length: int) -> str:
    """`length` bases from `first`, counted from the TSS in the gene's direction; upper case."""
    start = tss + first if strand == "+" else tss - first - length + 1
    if start < 0 or start + length > genome.get_reference_length(chrom):
        return ""
    text = genome.fetch(chrom, start, start + length).upper()
    return text if strand == "+" else text[::-1].translate(str.maketrans("ACGTN", "TGCAN"))


def test_generator_run_again__every_file_has_the_same_bytes(root, demo, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(root / "assets"))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    spec = importlib.util.spec_from_file_location("generate_demo", root / "assets" / "generate_demo.py")
    generator = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generator)
    result = CliRunner().invoke(generator.main, ["--out", str(tmp_path)])
    assert result.exit_code == 0, result.output
    # Builds of zlib press differently; where this one is unlike the one that wrote the files, contents are compared.
    probe = zlib.compress((b"ACGTTGCA" * 50 + b"acgt") * 300, 9) + zlib.compress(bytes(range(256)) * 40, 6)
    same_zlib = hashlib.sha256(probe).hexdigest().startswith("66758b21af9e9872")
    kept = sorted(p.relative_to(demo) for p in demo.rglob("*") if p.is_file() and p.suffix not in {".fai", ".gzi"})
    made = sorted(p.relative_to(tmp_path) for p in tmp_path.rglob("*") if p.is_file())
    by_hand = {"README.md", "models.csv"}
    assert [name for name in kept if name.name not in by_hand] == made
    for name in made:
        old, new = (demo / name).read_bytes(), (tmp_path / name).read_bytes()
        if name.suffix == ".gz" and not same_zlib:
            old, new = gzip.decompress(old), gzip.decompress(new)
        assert old == new, f"{name} differs: run assets/generate_demo.py and commit what it writes"


def test_all_demo_files__under_two_megabytes_and_bgzip_without_a_time(demo):
    assert sum(path.stat().st_size for path in demo.rglob("*") if path.suffix not in {".fai", ".gzi"}) < 2_000_000
    for name in ("genome.fa.gz", "annotation.gtf.gz", "expression.gct.gz"):
        data = (demo / name).read_bytes()
        assert data[:4] == b"\x1f\x8b\x08\x04"
        assert data[4:8] == bytes(4)
        assert data[12:16] == b"BC\x02\x00"
        assert data.endswith(bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000"))


def test_every_motif_of_truth__stands_at_its_offset_in_the_gene_s_direction(truth, genome):
    found = 0
    for row in truth[truth["motifs"] != ""].itertuples():
        if row.chrom not in PRIMARY:
            continue
        for motif in row.motifs.split(";"):
            name, offset = motif.split(":")
            read = window(genome, f"chr{row.chrom}", row.canonical_tss, row.strand, int(offset), len(MOTIFS[name]))
            assert read == MOTIFS[name], (row.gene_id, motif)
            found += row.strand == "-"
    assert found > 500


def test_promoter_bed__tss_between_49_upstream_and_10_downstream_and_tata_only_where_planted(truth, demo, genome):
    names = ["chrom", "start", "end", "name", "score", "strand", "thick", "thick_end"]
    bed = pd.read_csv(demo / "promoters.bed", sep="\t", names=names)
    forward = bed["strand"] == "+"
    assert (bed["thick"] == np.where(forward, bed["start"] + 49, bed["end"] - 50)).all()
    assert (bed["end"] - bed["start"] == 60).all()
    genes = truth.assign(name=truth["promoters"].str.split(";")).explode("name").set_index("name")
    genes = genes[genes.index != ""]
    assert sorted(genes.index) == sorted(bed["name"])
    for row in bed.itertuples():
        gene = genes.loc[row.name]
        assert row.thick == (gene.canonical_tss if row.name.endswith("_1") else gene.tss)
        box = window(genome, row.chrom, row.thick, row.strand, -31, 6)
        assert (box == "TATAAA") == (gene.promoter_class == "tata"), row.name


def test_ready_made_set__balanced_folds_whose_negatives_keep_eight_of_twenty_chunks(demo):
    sheet = pd.read_csv(demo / "datasets.csv")
    assert list(sheet.columns) == ["name", "train", "dev", "test"]
    seen: set[str] = set()
    for fold, rows in (("train", 300), ("dev", 40), ("test", 60)):
        table = pd.read_csv(demo / sheet[fold][0])
        assert list(table.columns) == ["sequence", "label"]
        assert (len(table), table["label"].sum()) == (rows, rows // 2)
        assert table["sequence"].str.fullmatch("[ACGT]{300}").all()
        for positive, negative in zip(table["sequence"][::2], table["sequence"][1::2], strict=True):
            kept = [positive[at : at + 15] == negative[at : at + 15] for at in range(0, 300, 15)]
            assert sum(kept) == 8
            assert kept[-1]
        assert not seen & set(table["sequence"])
        seen |= set(table["sequence"])


def test_readme_of_the_demo__gives_the_counts_of_its_files(demo, truth, expression):
    text = (demo / "README.md").read_text(encoding="utf-8")
    promoters = len((demo / "promoters.bed").read_text(encoding="utf-8").splitlines())
    moved = (truth["tss"] != truth["canonical_tss"]).sum()
    missing = (truth["in_table"] == 0).sum()
    stated = [f"{len(truth):,} genes", f"{len(expression):,} rows x 15 tissues", f"{promoters} promoters"]
    for fact in [*stated, f"{moved} genes have a canonical", f"{missing} genes of the annotation are missing"]:
        assert fact in text, fact


@pytest.mark.parametrize(("source", "column"), [("gene", "tss"), ("canonical", "canonical_tss")])
def test_steps_on_the_demo__starts_and_labels_of_truth(demo, truth, step, tmp_path, source, column):
    table, labelled, card = tmp_path / "genes.parquet", tmp_path / "labelled.parquet", tmp_path / "card.json"
    biotypes = ["--biotype", "protein_coding", "--biotype", "lncRNA", "--tss-source", source]
    outputs = ["--out", table, "--all-tss", tmp_path / "all.bed", "--card", card]
    result = step("extract_tss", "--gtf", demo / "annotation.gtf.gz", *biotypes, *outputs)
    assert result.exit_code == 0, result.output
    outputs = ["--out", labelled, "--tpm-table", tmp_path / "tpm.tsv", "--card", card]
    result = step("label_expression", "--genes", table, "--expression", demo / "expression.gct.gz", *outputs)
    assert result.exit_code == 0, result.output
    expected = truth[truth["biotype"].isin(["protein_coding", "lncRNA"]) & truth["chrom"].isin(PRIMARY)]
    keys = ["gene_id", "biotype", "chrom", "strand", column, "expression"]
    found = pd.read_parquet(labelled).rename(columns={"tss": column})
    found["gene_id"] = found["gene_id"].str.split(".").str[0]
    expected, found = (rows[keys].sort_values("gene_id").to_dict("records") for rows in (expected, found))
    assert found == expected


def test_tata_promoters_asked_for__all_that_were_planted_and_few_more(demo, truth, step, genome, tmp_path):
    genes, sites, card = tmp_path / "genes.parquet", tmp_path / "sites.parquet", tmp_path / "card.json"
    gtf = ["--gtf", demo / "annotation.gtf.gz", "--out", genes, "--all-tss", tmp_path / "all.bed", "--card", card]
    assert step("extract_tss", *gtf).exit_code == 0
    task = ["--task", "promoter_vs_nonpromoter", "--tata", "only", "--promoters", demo / "promoters.bed"]
    fasta = genome.filename.decode()
    result = step("define_task", *task, "--genes", genes, "--genome", fasta, "--out", sites, "--card", card)
    assert result.exit_code == 0, result.output
    planted = truth[(truth["promoter_class"] == "tata") & (truth["promoters"] != "")]["promoters"].str.split(";")
    planted = {name for names in planted for name in names}
    found = set(pd.read_parquet(sites)["sample_id"])
    assert len(planted) > 50
    assert planted <= found
    assert len(found - planted) <= 3
