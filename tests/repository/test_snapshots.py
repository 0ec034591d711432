"""What goes into a snapshot of nf-test: contents, and nothing that another machine or day would change."""

from __future__ import annotations

import json
import subprocess
import sys

import polars as pl

from helpers_snapshots import SHOWN, stable

CARD = {
    "step": "evaluate",
    "inputs": {"dataset": {"file": "mine.parquet", "bytes": 1, "sha256": "aa"}},
    "parameters": {"p": 0.0001},
    "counts": {"samples": 3, "share": 0.33333333, "dev_loss": 0.5},
    "versions": {"python": "3.11.7"},
    "run": {"seconds": 3.2},
    "upstream": [{"step": "import_dataset", "versions": {"python": "3.11.7"}}],
}


def read(path, *without):
    return stable([str(path)], frozenset(without))[0][path.name]


def test_parquet_of_two_writers__the_same_rows(tmp_path):
    rows = pl.DataFrame(
        {"chrom": ["chr1", None], "tss": [10, 20], "score": [0.123456, -1e-9], "bases": [[0.5], [1.0, 2.0]]}
    )
    told = []
    for compression in ("zstd", "snappy"):
        rows.write_parquet(tmp_path / "a.parquet", compression=compression)
        told.append(read(tmp_path / "a.parquet"))
    assert told[0] == told[1]
    assert told[0]["columns"] == "chrom tss score bases"
    assert told[0]["lines"] == ["chr1\t10\t0.123\t0.500", "\t20\t0.000\t1.000 2.000"]


def test_half_of_the_last_digit_kept__rounded_alike_on_either_side(tmp_path):
    told = set()
    for half in (0.8375, 0.83749999999999991, 0.83750000000000013):
        pl.DataFrame({"value": [half]}).write_parquet(tmp_path / "a.parquet")
        told.add(read(tmp_path / "a.parquet")["lines"][0])
    assert len(told) == 1


def test_one_label_of_many_rows_changed__another_digest(tmp_path):
    path = tmp_path / "a.parquet"
    pl.DataFrame({"label": [0] * 50, "score": [0.5] * 50}).write_parquet(path)
    before = read(path)
    pl.DataFrame({"label": [0] * 49 + [1], "score": [0.50004] * 50}).write_parquet(path)
    after = read(path)
    assert before["number"] == after["number"] == 50
    assert before["first"] == after["first"]
    assert before["sha256"] != after["sha256"]
    pl.DataFrame({"label": [0] * 50, "score": [0.50004] * 50}).write_parquet(path)
    assert read(path) == before


def test_column_left_out__named_and_its_cells_are_not_read(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_text("id\tloss\n1\t0.25\n")
    assert read(path) == {"columns": "id loss", "lines": ["1\t0.250"]}
    assert read(path, "loss") == {"columns": "id loss", "lines": ["1"]}


def test_bed_and_vocabulary__every_line_counts_from_the_first(tmp_path):
    (tmp_path / "a.bed").write_text("chr1\t1\t2\nchr1\t5\t6\n")
    assert read(tmp_path / "a.bed") == {"lines": ["chr1\t1\t2", "chr1\t5\t6"]}
    (tmp_path / "vocab.txt").write_text("AAA\n" * (SHOWN + 1))
    assert read(tmp_path / "vocab.txt").keys() == {"number", "first", "sha256"}


def test_card__counts_and_names_without_versions_times_and_digests(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps(CARD))
    told = read(tmp_path / "a.json", "dev_loss")
    assert told == {
        "step": "evaluate",
        "parameters": {"p": 0.0001},
        "counts": {"samples": 3, "share": 0.333},
        "inputs": ["mine.parquet"],
        "upstream": ["import_dataset"],
    }


def test_other_json__without_the_version_of_a_library(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert", "transformers_version": "5.0"}))
    assert read(tmp_path / "config.json") == {"model_type": "bert"}


def test_folder_with_weights_and_an_empty_file__names_by_place(tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "a.safetensors").write_bytes(b"\x00\x01")
    (tmp_path / "model" / "a.txt").touch()
    assert read(tmp_path / "model") == {"a.safetensors": "safetensors, not read", "a.txt": "empty"}


def test_channels_by_the_command__as_they_came_with_paths_read(root, tmp_path):
    (tmp_path / "a.tsv").write_text("x\n1\n")
    given = {"metrics": [[{"id": "mine", "rate": 0.12345}, str(tmp_path / "a.tsv")]]}
    result = subprocess.run(
        [sys.executable, root / "tests" / "helpers_snapshots.py"],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=True,
    )
    told = {"a.tsv": {"columns": "x", "lines": ["1"]}}
    assert json.loads(result.stdout) == {"metrics": [[{"id": "mine", "rate": 0.123}, told]]}
