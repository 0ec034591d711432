"""scan_genome.py and merge_scan.py: scores of the same windows alone, the same bytes in any parts, peaks by hand."""

import json

import numpy as np
import polars as pl
import pyBigWig
import pytest

from helpers_baseline import random_sequences
from helpers_genome import write_fasta
from helpers_trained import TSS
from lncprom.application import scan, tracks
from lncprom.genome.bases import on_other_strand
from lncprom.tables.scores import SCAN

STEP, BASES = 7, 1500


@pytest.fixture
def genome(tmp_path):
    first, second = random_sequences(2, BASES)
    first = first[:300] + "N" * 9 + first[309:]
    return {"chr1": first, "chr2": second}, write_fasta(tmp_path / "g.fa", {"chr1": first, "chr2": second})


@pytest.fixture
def scanned(step, genome, work):
    def call(name: str, *given):
        outputs = ("--out", work / f"{name}.parquet", "--card", work / f"{name}.json")
        result = step("scan_genome", "--fasta", genome[1], "--step", STEP, *given, *outputs)
        assert result.exit_code == 0, result.output
        return work / f"{name}.parquet"

    return call


@pytest.fixture
def merged(step, genome, work):
    def call(scans, *given):
        outputs = [work / name for name in ("plus.bw", "minus.bw", "peaks.bed", "merged.json")]
        options = zip(("--plus", "--minus", "--peaks", "--card"), outputs, strict=True)
        parts = [part for path in scans for part in ("--scan", path)]
        given = (*given, "--step", STEP, "--fai", f"{genome[1]}.fai", *(part for pair in options for part in pair))
        result = step("merge_scan", *parts, *given)
        assert result.exit_code == 0, result.output
        return outputs

    return call


@pytest.mark.parametrize("names", [("logistic_regression",), ("position_ladder", "cnn")])
def test_every_window__as_predict_scores_it_alone(trained, scanned, genome, step, tmp_path, names):
    models = [part for name in names for part in ("--model-dir", trained(name) / "model")]
    rows, texts = SCAN.read(scanned("all", *models)), {}
    for chrom, text in genome[0].items():
        for tss in range(0, BASES, STEP):
            for strand, first in (("plus", tss - TSS), ("minus", tss - (59 - TSS))):
                window = text[first : first + 60] if first >= 0 else ""
                if len(window) == 60 and "N" not in window:
                    texts[chrom, tss, strand] = window if strand == "plus" else on_other_strand(window)
    write_fasta(tmp_path / "w.fa", {f"{chrom}:{tss}:{strand}": text for (chrom, tss, strand), text in texts.items()})
    given = (part for name in ("out", "tsv", "bed", "card") for part in (f"--{name}", tmp_path / name))
    assert step("apply_model", "--regions", tmp_path / "w.fa", *models, *given).exit_code == 0
    expected = dict(pl.read_parquet(tmp_path / "out").select("id", "logit").iter_rows())
    found = rows.unpivot(["plus", "minus"], index=["chrom", "tss"]).drop_nulls()
    assert found.height == len(expected)
    for chrom, tss, strand, value in found.iter_rows():
        assert abs(value - expected[f"{chrom}:{tss}:{strand}"]) < 1e-6 * max(1, abs(value))


def test_other_parts_in_another_order_and_smaller_blocks__the_same_bytes(trained, scanned, merged, monkeypatch):
    model = ("--model-dir", trained("logistic_regression") / "model")
    whole = [path.read_bytes() for path in merged([scanned("all", *model)])[:3]]
    parts = [(chrom, *ends) for chrom in ("chr2", "chr1") for ends in ((700, 1500), (0, 333), (333, 700))]
    scans = []
    for number, (chrom, first, last) in enumerate(parts):
        scans.append(scanned(f"part{number}", *model, "--chrom", chrom, "--first", first, "--last", last))
    assert [path.read_bytes() for path in merged(scans)[:3]] == whole
    monkeypatch.setattr(scan, "BLOCK", 128)
    found = SCAN.read(scanned("blocks", *model))
    assert (found["plus"] - SCAN.read(scans[0].with_name("all.parquet"))["plus"]).abs().max() < 1e-5


def test_tracks__values_of_the_table_and_lengths_of_the_index(trained, scanned, merged, work):
    table = SCAN.read(scanned("all", "--model-dir", trained("cnn") / "model")).filter(chrom="chr2")
    plus, *_, card = merged([work / "all.parquet"])
    with pyBigWig.open(str(plus)) as wig:
        assert wig.chroms() == {"chr1": BASES, "chr2": BASES}
        for tss, value in table.select("tss", "plus").drop_nulls().iter_rows():
            assert wig.values("chr2", tss, tss + STEP) == [value] * STEP
    assert json.loads(card.read_text())["counts"]["plus"] == SCAN.read(work / "all.parquet")["plus"].count()


def test_regions_and_repeats__leave_windows_out(trained, scanned, tmp_path):
    model = ("--model-dir", trained("position_ladder") / "model")
    every = SCAN.read(scanned("all", *model))
    (tmp_path / "r.bed").write_text("2\t500\t600\nchr2\t590\t700\n")
    some = SCAN.read(scanned("some", *model, "--regions", tmp_path / "r.bed"))
    assert some.equals(every.filter(pl.col("chrom") == "chr2", pl.col("tss").is_between(500, 699)))
    (tmp_path / "m.bed").write_text("chr1\t0\t1000\n")
    given = ("--soft-mask", tmp_path / "m.bed", "--max-repeat-share", 0.5)
    assert SCAN.read(scanned("masked", *model, *given)).filter(chrom="chr1")["tss"].min() >= 1000 - 30
    some_n = SCAN.read(scanned("n", *model, "--max-n-share", 0.5))
    assert some_n.filter(chrom="chr1").height > every.filter(chrom="chr1").height


def test_peaks__as_a_comparison_of_all_with_all_finds_them():
    draw = np.random.default_rng(5)
    at = np.sort(draw.choice(3000, 1200, replace=False)) * 10
    value = draw.normal(size=len(at)).round(1)  # some are equal
    rows = pl.DataFrame({"chrom": "a", "start": at, "value": value})
    expected = []
    for place, own in zip(at, value, strict=True):
        near = (np.abs(at - place) <= 60) & (at != place)
        equal_before = expected and place - expected[-1] <= 60
        if own >= 0 and value[near].max(initial=-9) <= own and not equal_before:
            expected.append(place)
    for size in (1200, 7):
        parts = [rows[first : first + size] for first in range(0, 1200, size)]
        found = [place for _, places, _ in tracks.peaks(parts, 10, 60, 0.5) for place in places]
        assert found == expected


def test_a_chromosome_that_the_genome_lacks_and_a_region_off_its_end__one_line(trained, step, genome, work, refused):
    outputs = ("--out", work / "o", "--card", work / "c", "--model-dir", trained("cnn") / "model")
    result = step("scan_genome", "--fasta", genome[1], "--chrom", "chr7", *outputs)
    refused(result, "g.fa: no sequence chr7", nothing_in=work)
    (genome[1].parent / "r.bed").write_text("chr1\t1400\t1600\n")
    result = step("scan_genome", "--fasta", genome[1], "--regions", genome[1].parent / "r.bed", *outputs)
    refused(result, "r.bed: chr1:1400-1600 does not lie on a sequence of g.fa", nothing_in=work)
