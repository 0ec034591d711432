"""score_variants.py from the shell: a table, a VCF and heat maps, or one line and no file."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

import polars as pl
import pysam
import pytest

import helpers_variants as made
from helpers_genome import bgzip, write_fasta
from helpers_variants import HEADER, LENGTH, MOTIF_AT, bases, vcf, window_start
from lncprom.tables.variants import SATURATION, VARIANTS

TEXT = bases()
AT = window_start(0) + MOTIF_AT  # of the first promoter's motif, forward strand


@pytest.fixture
def given(tmp_path, trained):
    """Genome, promoters, two models and the options of a run that writes into tmp_path."""
    folders = [trained(name) / "model" for name in ("position_ladder", "cnn")]
    words = ["--fasta", made.genome(tmp_path), "--promoters", made.bed(tmp_path / "p.bed"), "--threads", 1]
    return [*words, *(word for folder in folders for word in ("--model-dir", folder)), "--null", 20]


def outputs(work) -> list:
    return ["--out", work / "v.tsv", "--out-vcf", work / "v.vcf.gz", "--card", work / "v.json"]


def test_two_models_on_a_bgzip_vcf__table_vcf_and_card(step, given, tmp_path, work):
    rows = [
        ("1", AT + 1, TEXT[AT], "CGG,*,G"),
        ("1", AT + 3, TEXT[AT + 2], "C"),
        ("1", 5, TEXT[4], "ACGT"[TEXT[4] == "A"]),
    ]
    (tmp_path / "x.vcf.gz").write_bytes(bgzip(vcf(tmp_path / "x.vcf", rows[::-1]).read_bytes()))
    result = step("score_variants", "--vcf", tmp_path / "x.vcf.gz", *given, *outputs(work))
    assert result.exit_code == 0, result.output
    found = VARIANTS.read(work / "v.tsv")
    assert found.select("position", "alt", "promoter", "distance").rows() == [
        (AT + 1, "CGG", "P00", -20),
        (AT + 1, "G", "P00", -20),
        (AT + 3, "C", "P00", -18),
    ]
    assert found["delta_sd"].min() > 0
    assert found.filter(alt="C")["delta"][0] < 0
    assert found["delta_probability"].null_count() == 0
    with pysam.VariantFile(str(work / "v.vcf.gz")) as written:
        records = list(written)
        assert "LNCPROM" in written.header.info
    assert [record.pos for record in records] == [5, AT + 1, AT + 3]
    assert [dict(record.info) for record in records[:1]] == [{"DP": 7}]
    assert records[1].info["LNCPROM_DELTA"][1] is None
    assert records[1].info["LNCPROM_DELTA"][::2] == pytest.approx(found["delta"].to_list()[:2], rel=1e-4)
    assert records[1].info["LNCPROM"][0].split("|")[:4] == ["CGG", "P00", "+", "-20"]
    card = json.loads((work / "v.json").read_text())
    assert card["dropped"] == {"deleted with an earlier variant (*)": 1}
    assert card["counts"]["variants_in_windows"] == 3
    # scored again, the earlier fields are replaced; in another order, no byte differs
    again = tmp_path / "again"
    again.mkdir()
    result = step("score_variants", "--vcf", work / "v.vcf.gz", *given, *outputs(again))
    assert result.exit_code == 0, result.output
    assert (again / "v.tsv").read_bytes() == (work / "v.tsv").read_bytes()
    assert (again / "v.vcf.gz").read_bytes() == (work / "v.vcf.gz").read_bytes()


def test_saturated_region__all_snvs_and_a_heat_map_of_each_promoter(step, given, tmp_path, work):
    first, second = window_start(0), window_start(1)
    (tmp_path / "r.bed").write_text(f"1\t{first - 9}\t{first + LENGTH + 9}\nchr1\t{second + 5}\t{second + 8}\n")
    saturation = ["--saturate", tmp_path / "r.bed", "--out-saturation", work / "s", "--card", work / "s.json"]
    result = step("score_variants", *given, *saturation)
    assert result.exit_code == 0, result.output
    found = SATURATION.read(work / "s" / "saturation.tsv")
    assert found.group_by("promoter").len().sort("promoter").rows() == [("P00", 3 * LENGTH), ("P01", 9)]
    worst = found.group_by("distance").agg(pl.col("delta").mean()).sort("delta")["distance"].head(4)
    assert set(worst) <= set(range(-20, -14))
    figures = sorted(path.name for path in (work / "s").glob("*.svg"))
    assert len(figures) == 2
    assert figures[0].startswith("chr1_")
    assert "P00" in "".join(ET.parse(work / "s" / figures[0]).getroot().itertext())


@pytest.mark.parametrize(
    ("text", "more", "words"),
    [
        ("1\t5\t.\tA\tC\t.\t.\t.\n", [], ("x.vcf, line 1", "no header of a VCF")),
        (HEADER + made.COLUMNS + "1\t5\t.\tA\tC\t.\t.\t.\n" * 0, [], ("x.vcf", "no variant")),
        (HEADER + made.COLUMNS + f"1\t5\t.\t{TEXT[4]}\tN\t.\t.\t.\n", [], ("x.vcf: no allele",)),
        (
            HEADER + made.COLUMNS + f"1\t5\t.\t{TEXT[4]}\t{'GA'[TEXT[4] == 'G']}\t.\t.\t.\n",
            [],
            ("none of 1 variants lies",),
        ),
        (HEADER + made.COLUMNS + f"1\t5\t.\t{'GA'[TEXT[4] == 'G']}\tC\t.\t.\t.\n", [], ("another REF", "assembly")),
        (HEADER + made.COLUMNS + "X\t5\t.\tA\tC\t.\t.\t.\n", [], ("none of its sequences (X",)),
        (HEADER + made.COLUMNS + "1\t5\t.\tA\tC\t.\t.\t.\n", ["--gtf", "x.vcf"], ("--gtf or from --promoters",)),
        (
            HEADER + made.COLUMNS + f"1\t5\t.\t{TEXT[4]}\tN,{TEXT[4]}\t.\t.\t.\n",
            ["--tss-index", 60],
            ("no TSS at index 60",),
        ),
    ],
)
def test_what_cannot_be_scored__one_line_and_no_file(
    step, refused, given, tmp_path, work, monkeypatch, text, more, words
):
    (tmp_path / "x.vcf").write_text(text)
    monkeypatch.chdir(tmp_path)
    result = step("score_variants", "--vcf", "x.vcf", *given, *outputs(work), *more)
    refused(result, *words, nothing_in=work)


def test_nothing_to_score_or_promoters_elsewhere__one_line(step, refused, given, tmp_path, work):
    refused(step("score_variants", *given, "--card", work / "c.json"), "Give --vcf, or --saturate")
    path = vcf(tmp_path / "x.vcf", [("1", 5, TEXT[4], "A")])
    refused(
        step("score_variants", *given, "--vcf", path, "--card", work / "c.json"),
        "--vcf and --out and --out-vcf go together",
    )
    (tmp_path / "r.bed").write_text("chr1\t0\t9\n")
    saturate = ["--saturate", tmp_path / "r.bed", "--out-saturation", work / "s", "--card", work / "c.json"]
    refused(step("score_variants", *given, *saturate), "r.bed", "no promoter window", nothing_in=work)
    (tmp_path / "r.bed").write_text("chr1\t9\t999999\n")
    refused(step("score_variants", *given, *saturate), "r.bed, line 1", "beyond g.fa", nothing_in=work)
    other = write_fasta(tmp_path / "o.fa", {"chrY": "ACGT" * 50})
    refused(step("score_variants", *given, "--fasta", other, *saturate), "p.bed", "no promoter lies", nothing_in=work)
