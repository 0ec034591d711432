"""Windows of real promoters: by bedtools and awk as well as by the step, and against GUE's published positives."""

from __future__ import annotations

import gzip
import shutil
import subprocess

import polars as pl
import pytest

from helpers_genome import make_sites
from lncprom.tables import dataset, sites

pytestmark = pytest.mark.real
COMPLEMENT = str.maketrans("ACGT", "TGCA")
# TSS = thickStart (column 7); the window is 50 bases after it and the rest before it, in the gene's direction.
# TRIB3_2 stands twice in EPD's file, so a promoter is named with its TSS
WINDOWS = """BEGIN { OFS = "\\t" }
$6 == "+" { print $1, $7 - (l - 51), $7 + 51, $4 "@" $7, ".", $6, $7 }
$6 == "-" { print $1, $7 - 50, $7 + l - 50, $4 "@" $7, ".", $6, $7 }"""


@pytest.fixture(scope="module")
def promoters(real_data):
    return real_data / "EPDnew006.chr20_1-10000000.bed"


@pytest.fixture(scope="module")
def genome(real_data):
    return real_data / "GRCh38.chr20_1-10000000.fa.gz"


@pytest.fixture
def build(step, tmp_path, promoters):
    """The data set of all EPD promoters at one length; labels stand for the strand, since a task needs two."""
    rows = [line.split("\t") for line in promoters.read_text().splitlines()]
    table = make_sites([(f"{row[3]}@{row[6]}", int(row[5] == "+"), row[0], int(row[6]), row[5]) for row in rows])
    sites.write(table, tmp_path / "epd.sites.parquet")

    def call(genome, length: int) -> pl.DataFrame:
        result = step(
            *("build_length_variants", "--sites", tmp_path / "epd.sites.parquet", "--genome", genome),
            *("--length", length, "--name", "epd", "--out", tmp_path / "epd.parquet"),
            *("--composition", tmp_path / "epd.tsv", "--card", tmp_path / "epd.json"),
        )
        assert result.exit_code == 0, result.output
        return dataset.read(tmp_path / "epd.parquet")

    return call


def by_bedtools(promoters, genome, length: int, folder) -> dict[str, tuple]:
    """Promoter -> start, end, strand, TSS and the window's sequence, by awk and bedtools getfasta."""
    bed = subprocess.run(
        ["awk", "-v", f"l={length}", WINDOWS, promoters], check=True, capture_output=True, text=True
    ).stdout
    (folder / "windows.bed").write_text(bed)
    fasta = folder / "plain.fa"
    if not fasta.exists():
        fasta.write_bytes(gzip.decompress(genome.read_bytes()))
    command = ["bedtools", "getfasta", "-fi", fasta, "-bed", folder / "windows.bed", "-s", "-nameOnly", "-tab"]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    sequences = {line.split("\t")[0].rsplit("(", 1)[0]: line.split("\t")[1].upper() for line in lines}
    columns = (line.split("\t") for line in bed.splitlines())
    return {row[3]: (int(row[1]), int(row[2]), row[5], int(row[6]), sequences[row[3]]) for row in columns}


@pytest.mark.skipif(shutil.which("bedtools") is None, reason="bedtools is not installed")
@pytest.mark.parametrize("length", [300, 500, 1000, 2000])
def test_every_epd_promoter__the_window_that_bedtools_cuts_on_either_strand(build, promoters, genome, tmp_path, length):
    ours = build(genome, length)
    theirs = by_bedtools(promoters, genome, length, tmp_path)
    assert ours.height == len(theirs) == 176
    assert set(ours["strand"]) == {"+", "-"}
    for row in ours.iter_rows(named=True):
        found = tuple(row[column] for column in ("start", "end", "strand", "tss", "sequence"))
        assert found == theirs[row["sample_id"]]
    assert set(ours["tss_index"]) == {length - 51}


@pytest.mark.parametrize(
    ("file", "tss_index", "here"),
    [
        ("prom_300_notata.dev", 249, 13),
        ("prom_300_tata.train", 249, 16),
        ("prom_300_tata.dev", 249, 3),
        ("prom_core_notata.train", 33, 108),  # 70 bp: 33 bases, the TSS, 36 bases
    ],
)
def test_gue_positives_of_the_region__found_verbatim_around_the_tss(build, real_data, genome, file, tss_index, here):
    table = pl.read_csv(gzip.decompress((real_data / "gue" / f"{file}.csv.gz").read_bytes()))
    positives = set(table.filter(label=1)["sequence"])
    size, start = len(table["sequence"][0]), 249 - tss_index
    windows = {sequence[start : start + size] for sequence in build(genome, 300)["sequence"]}
    assert len(positives & windows) == here  # all that lie in the region, as a search of the whole chromosome found
