"""import_dataset from the shell: tables and FASTA pairs to a data set, and one line for what is not one."""

from __future__ import annotations

import gzip
import json
import os

import pytest

from lncprom.tables import dataset

TABLE = "sequence,label\n" + "".join(
    f"{a}{b}{c}CG,{'ACGT'.index(c) % 2}\n" for a in "ACGT" for b in "ACGT" for c in "AC"
)
FEW = "sequence,label\nGGGGG,1\nTTTTT,0\n"
FILES = ("d.parquet", "d.composition.tsv", "d.json")


@pytest.fixture
def load(step, tmp_path):
    (tmp_path / "out").mkdir()

    def call(*more, train: str | bytes = TABLE, name="mine"):
        (tmp_path / "train.csv").write_bytes(train if isinstance(train, bytes) else train.encode())
        (tmp_path / "few.csv").write_text(FEW)
        outputs = zip(("--out", "--composition", "--card"), FILES, strict=True)
        return step(
            *("import_dataset", "--name", name, "--train", tmp_path / "train.csv"),
            *(part for option, file in outputs for part in (option, tmp_path / "out" / file)),
            *more,
        )

    return call


def test_one_table__folds_split_off_composition_and_card(load, tmp_path):
    result = load("--tss-index", 2)
    assert result.exit_code == 0, result.output
    assert result.stderr.splitlines() == [
        "32 samples",
        "note: no test split given: 10% of train's sequences of each class form it",
        "note: no dev split given: 10% of train's sequences of each class form it",
    ]
    rows = dataset.read(tmp_path / "out" / "d.parquet")
    assert rows["sample_id"][0] == "mine:train:1"
    assert rows["sequence"][0] == "AAACG"
    assert dict(rows["fold"].value_counts().rows()) == {"train": 24, "dev": 4, "test": 4}
    shares = [line.split("\t") for line in (tmp_path / "out" / "d.composition.tsv").read_text().splitlines()]
    assert shares[0] == ["dataset", "label", "position", "n", "A", "C", "G", "T", "CpG"]
    assert shares[4] == ["mine", "0", "1", "16", "0.0", "1.0", "0.0", "0.0", "1.0"]
    assert [row[2] for row in shares[1:6]] == ["-2", "-1", "0", "1", "2"]
    card = json.loads((tmp_path / "out" / "d.json").read_text())
    assert [card[field] for field in ("step", "dataset", "task", "length")] == ["import_dataset", "mine", "mine", 5]
    assert card["counts"]["label"] == {"0": 16, "1": 16}
    assert card["counts"]["repeated_sequences"] == 0
    assert card["inputs"]["train"]["file"] == "train.csv"
    assert card["parameters"] == {"tss_index": 2, "split_off": 0.1, "seed": 42}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("sequence,label\nAC,1\nAEC,0\n", ["train.csv, line 3: 'E' in the sequence"]),
        (FEW, ["train.csv: 1 different sequences of label 0 (near duplicates once), too few for train, test, dev"]),
        (TABLE.encode() + b"AC\xff,1\n", ["train.csv, line 34: not UTF-8"]),
        (gzip.compress(TABLE.encode(), mtime=0)[:-15], ["train.csv: the compressed file ends too early"]),
        (">a\nACGT\n", ["--train: train.csv (FASTA). Give one CSV"]),
    ],
)
def test_file_that_cannot_be_read__one_line_and_nothing_written(load, refused, tmp_path, content, words):
    refused(load(train=content), *words, nothing_in=tmp_path / "out")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--tss-index", "5"], ["train.csv, line 2: 5 bases, so --tss-index 5 (0-based) lies outside"]),
        (["--name", "my set"], ["--name 'my set'"]),
        (["--test", "few.csv", "--test", "train.csv"], ["train.csv: given to --train and --test"]),
        (["--dev", "no.csv"], ["no.csv: no such file"]),
    ],
)
def test_options_that_do_not_serve__one_line_nothing_written(load, refused, tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    refused(load(*arguments), *words, nothing_in=tmp_path / "out")


def test_folder_that_cannot_be_written__one_line(load, refused, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    refused(load(), "out is not writable", nothing_in=tmp_path / "out")


@pytest.mark.real
@pytest.mark.parametrize(
    ("files", "samples", "length", "also_in_train"),
    [
        ({"train": "prom_300_notata.dev"}, 5307, 300, None),
        ({"train": "prom_300_tata.train", "dev": "prom_300_tata.dev"}, 4904 + 613, 300, 14),
        ({"train": "prom_core_notata.train"}, 42452, 70, None),
    ],
)
def test_gue_as_published__every_row_read(step, tmp_path, real_data, files, samples, length, also_in_train):
    options = [part for fold, file in files.items() for part in (f"--{fold}", real_data / "gue" / f"{file}.csv.gz")]
    result = step(
        *("import_dataset", "--name", "gue", *options, "--out", tmp_path / "d.parquet"),
        *("--composition", tmp_path / "d.tsv", "--card", tmp_path / "d.json"),
    )
    assert result.exit_code == 0, result.output
    card = json.loads((tmp_path / "d.json").read_text())
    assert (card["counts"]["samples"], card["length"]) == (samples, length)
    assert set(dataset.read(tmp_path / "d.parquet")["fold"]) == {"train", "dev", "test"}
    assert card["counts"].get("sequence_also_in_train", {}).get("dev") == also_in_train
