"""The whole pipeline on real files: ten million bases of chromosome 20, Ensembl, GTEx and EPD.

Every window is cut again by bedtools from coordinates that awk works out from the TSS.
"""

from __future__ import annotations

import csv
import gzip
import json
import shutil
import subprocess

import polars as pl
import pytest

import helpers_real
from helpers_nextflow import ROOT

pytestmark = [pytest.mark.pipeline, pytest.mark.real, pytest.mark.full]

TASKS = ("biological_vs_artificial", "promoter_vs_nonpromoter", "high_vs_low_expression", "coding_vs_lncrna")
LENGTHS = (300, 500, 1000, 2000)
# chrom, tss, sample, strand -> BED6 of the window: length-51 bases upstream, the TSS, 50 downstream
AWK = (
    '{ if ($4 == "+") { s = $2 - (L - 51); e = $2 + 51 } else { s = $2 - 50; e = $2 + L - 50 } '
    'print $1 "\\t" s "\\t" e "\\t" $3 "\\t0\\t" $4 }'
)


@pytest.fixture(scope="module")
def chr20(nextflow, real_data, tmp_path_factory):
    baseline = ("--models", ROOT / "assets" / "models_baseline.csv", "--explain", "none", "--bootstrap", 200)
    given = (*helpers_real.chr20(real_data), *map(str, baseline))
    run = nextflow(tmp_path_factory.mktemp("chr20"), "-profile", "venv", *given)
    assert run.status == 0, run.output
    return run


def test_chr20__all_four_tasks_at_four_lengths_are_built_and_scored(chr20):
    names = {f"{task}_{length}" for task in TASKS for length in LENGTHS}
    assert {path.stem for path in (chr20.outdir / "datasets").glob("*.parquet")} == names
    for name in names:
        with open(chr20.outdir / "metrics" / f"{name}.metrics.tsv", newline="") as handle:
            rows = [row for row in csv.DictReader(handle, delimiter="\t") if row["metric"] == "mcc"]
        assert {row["fold"] for row in rows} == {"train", "dev", "test"}
        assert all(-1 <= float(row["value"]) <= 1 for row in rows)
    assert (chr20.outdir / "report" / "report.html").stat().st_size > 100_000


def test_chr20__a_locus_has_one_fold_in_every_task_and_at_every_length(chr20):
    tables = [pl.read_parquet(path) for path in sorted((chr20.outdir / "datasets").glob("*.parquet"))]
    folds = pl.concat([table.select("group", "fold") for table in tables]).unique()
    assert folds["group"].n_unique() == folds.height


@pytest.mark.parametrize("length", LENGTHS)
def test_chr20__every_window_is_what_awk_and_bedtools_cut(chr20, real_data, tmp_path, length):
    if shutil.which("bedtools") is None:
        pytest.skip("bedtools is not installed (Debian, Ubuntu: apt-get install bedtools)")
    genome = tmp_path / "chr20.fa"
    with gzip.open(real_data / "GRCh38.chr20_1-10000000.fa.gz", "rb") as packed:
        genome.write_bytes(packed.read())
    for task in TASKS:
        dataset = pl.read_parquet(chr20.outdir / "datasets" / f"{task}_{length}.parquet")
        cut = dataset.filter(pl.col("transform") == "none")
        assert cut.height >= dataset.height / 2
        sites = tmp_path / "sites.tsv"
        cut.select("chrom", "tss", "sample_id", "strand").write_csv(sites, separator="\t", include_header=False)
        bed = subprocess.run(["awk", "-v", f"L={length}", AWK, str(sites)], capture_output=True, text=True, check=True)
        command = ["bedtools", "getfasta", "-s", "-nameOnly", "-tab", "-fi", str(genome), "-bed", "stdin"]
        found = subprocess.run(command, input=bed.stdout, capture_output=True, text=True, check=True).stdout
        sequences = [line.split("\t")[1].upper() for line in found.splitlines()]
        assert sequences == cut["sequence"].to_list()
        placed = [(int(line.split("\t")[1]), int(line.split("\t")[2])) for line in bed.stdout.splitlines()]
        assert placed == list(cut.select("start", "end").iter_rows())
        assert set(cut["tss_index"]) == {length - 51}


def test_chr20__cards_count_what_was_left_out(chr20):
    card = json.loads((chr20.outdir / "datasets" / "high_vs_low_expression_300.dataset.json").read_text())
    steps = {record["step"]: record for record in card["upstream"]}
    assert {"prepare_genome", "extract_tss", "label_expression", "define_task", "assign_folds"} <= steps.keys()
    assert steps["prepare_genome"]["inputs"]["fasta"]["file"] == "GRCh38.chr20_1-10000000.fa.gz"
    assert len(steps["label_expression"]["inputs"]["expression"]["sha256"]) == 64
    assert sum(steps["define_task"]["dropped"].values()) > 0
