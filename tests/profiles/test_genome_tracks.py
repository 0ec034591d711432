"""bigWig as a browser reads it, and the whole step on a data set built from a genome."""

from __future__ import annotations

import gzip
import json

import numpy as np
import polars as pl
import pytest

import helpers_importance as made
from lncprom.profiles import genome_tracks

pyBigWig = pytest.importorskip("pyBigWig")


def test_bigwig__the_runs_of_the_bedgraph_and_lengths_from_the_index(step, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "g.fai").write_text("chr1\t90000\t6\t60\t61\nchr2\t80000\t6\t60\t61\nchr3\t7\t6\t60\t61\n")
    arguments = [*made.make(tmp_path / "in", built=True, seeds=(1,)), "--bootstrap", "20", "--fai", tmp_path / "g.fai"]
    result = step("profile_importance", *arguments, "--out-dir", tmp_path / "out", "--card", tmp_path / "c.json")
    assert result.exit_code == 0, result.output
    names = [f"{method}.{strand}" for method in ("occlusion", "attention") for strand in ("plus", "minus")]
    assert {path.name for path in (tmp_path / "out").glob("*.bw")} == {f"{name}.bw" for name in names}
    for name in names:
        wig = pyBigWig.open(str(tmp_path / "out" / f"{name}.bw"))
        assert wig.chroms() == {"chr1": 90000, "chr2": 80000}
        text = gzip.decompress((tmp_path / "out" / f"{name}.bedGraph.gz").read_bytes()).decode()
        rows = [line.split("\t") for line in text.splitlines()]
        assert rows
        found = [
            (chrom, *map(str, (start, end)), value)
            for chrom in ("chr1", "chr2")
            for start, end, value in wig.intervals(chrom)
        ]
        assert [tuple(row[:3]) for row in rows] == [run[:3] for run in found]
        assert [np.float32(row[3]) for row in rows] == [np.float32(run[3]) for run in found]
        wig.close()
    card = json.loads((tmp_path / "c.json").read_text())
    assert (card["counts"]["on the genome"], card["dropped"]) == (24, {})


def test_strand_without_windows__an_empty_bigwig(tmp_path):
    empty = pl.DataFrame(schema={"chrom": pl.String, "start": pl.Int64, "end": pl.Int64, "value": pl.Float32})
    genome_tracks.write_bigwig(empty, {"chr1": 100}, tmp_path / "e.bw")
    wig = pyBigWig.open(str(tmp_path / "e.bw"))
    assert wig.chroms() == {"chr1": 100}
    assert wig.intervals("chr1") is None
    wig.close()
