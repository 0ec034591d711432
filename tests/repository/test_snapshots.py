"""Snapshots of nf-test hold the contents of outputs, without anything that another machine or day would change."""

from __future__ import annotations

import json
import subprocess
import sys

import polars as pl

from helpers_snapshots import SHOWN, stable


def read(path, *without):
    return stable([str(path)], frozenset(without))[0][path.name]


def test_parquet_of_two_writers__the_same_rows(tmp_path):
    rows = pl.DataFrame({"chrom": ["chr1", None], "score": [0.123456, -1e-9], "bases": [[0.5], [1.0, 2.0]]})
    shown = []
    for compression in ("zstd", "snappy"):
        rows.write_parquet(tmp_path / "a.parquet", compression=compression)
        shown.append(read(tmp_path / "a.parquet"))
    assert shown[0] == shown[1]
    assert shown[0] == {"columns": "chrom score bases", "lines": ["chr1\t0.123\t0.500", "\t0.000\t1.000 2.000"]}


def test_one_label_of_many_rows_changed__another_digest(tmp_path):
    shown = []
    for labels, score in (([0] * 50, 0.5), ([0] * 49 + [1], 0.5), ([0] * 50, 0.50004)):
        pl.DataFrame({"label": labels, "score": [score] * 50}).write_parquet(tmp_path / "a.parquet")
        shown.append(read(tmp_path / "a.parquet"))
    assert shown[0]["number"] == 50 > SHOWN
    assert shown[0]["sha256"] != shown[1]["sha256"]
    assert shown[0] == shown[2], "processors differ in the fifth digit"


def test_provenance__counts_and_names_without_versions_times_and_digests(tmp_path):
    record = {
        "step": "evaluate",
        "inputs": {"dataset": {"file": "mine.parquet", "bytes": 1, "sha256": "aa"}},
        "parameters": {"p": 0.0001},
        "counts": {"samples": 3, "fraction": 0.33333333, "dev_loss": 0.5},
        "versions": {"python": "3.11.7"},
        "run": {"seconds": 3.2},
        "upstream": [{"step": "import_dataset", "versions": {"python": "3.11.7"}}],
    }
    (tmp_path / "a.json").write_text(json.dumps(record))
    assert read(tmp_path / "a.json", "dev_loss") == {
        "step": "evaluate",
        "parameters": {"p": 0.0001},
        "counts": {"samples": 3, "fraction": 0.333},
        "inputs": ["mine.parquet"],
        "upstream": ["import_dataset"],
    }


def test_channels_through_the_command__paths_replaced_by_contents(root, tmp_path):
    (tmp_path / "a.tsv").write_text("x\tloss\n1\t0.2\n")
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "a.safetensors").write_bytes(b"\x00\x01")
    (tmp_path / "model" / "a.txt").touch()
    given = {"metrics": [[{"id": "mine", "rate": 0.12345}, str(tmp_path / "a.tsv")]], "model": str(tmp_path / "model")}
    command = [sys.executable, root / "tests" / "helpers" / "helpers_snapshots.py", "--without", "loss"]
    result = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, check=True)
    assert json.loads(result.stdout) == {
        "metrics": [[{"id": "mine", "rate": 0.123}, {"a.tsv": {"columns": "x loss", "lines": ["1"]}}]],
        "model": {"model": {"a.safetensors": "safetensors, not read", "a.txt": "empty"}},
    }
