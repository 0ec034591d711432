"""build_length_variants.py on files: data set, composition and card, and one line for what cannot be built."""

from __future__ import annotations

import gzip
import json
from hashlib import sha256

import numpy as np
import pytest

from helpers_genome import fasta_text, make_sites, naive_window, write_fasta
from lncprom import provenance
from lncprom.tables import dataset, sites

CHR1 = "".join(np.random.default_rng(7).choice(list("ACGTacgt"), 600))
ROWS = [
    *(("p1", 1, "chr1", 300, "+"), ("p2", 1, "chr1", 301, "-"), ("p3", 1, "chr1", 5, "+")),
    *(("n1", 0, "chr1", 302, "+"), ("n2", 0, "chr1", 303, "-"), ("n3", 0, "chr1", 304, "-")),
]
FILES = ("d.parquet", "d.composition.tsv", "d.json")


@pytest.fixture
def build(step, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "in").mkdir()

    def call(*more, rows=None, genome: bytes | None = None, length=100, name="demo.100"):
        table = make_sites(ROWS, fold=["train", "dev", "test"] * 2, biotype=["lncRNA"] * 3 + ["protein_coding"] * 3)
        sites.write(table if rows is None else rows, tmp_path / "in" / "demo.sites.parquet")
        (tmp_path / "in" / "genome.fa").write_bytes(fasta_text({"chr1": CHR1}) if genome is None else genome)
        outputs = zip(("--out", "--composition", "--card"), FILES, strict=True)
        return step(
            *("build_length_variants", "--sites", tmp_path / "in" / "demo.sites.parquet"),
            *("--genome", tmp_path / "in" / "genome.fa", "--length", length, "--name", name, "--max-lost", 0.2),
            *(part for option, file in outputs for part in (option, tmp_path / "out" / file)),
            *more,
        )

    return call


def test_sites_and_genome__windows_composition_and_a_card_of_losses(build, tmp_path):
    result = build()
    assert result.exit_code == 0, result.output
    assert (result.stdout, result.stderr) == ("", "5 windows of 100 bp, 1 sites dropped\n")
    rows = dataset.read(tmp_path / "out" / "d.parquet")
    assert rows.select("sample_id", "label", "fold", "start", "end", "tss_index").rows() == [
        ("n1", 0, "train", 253, 353, 49),
        ("n2", 0, "dev", 253, 353, 49),
        ("n3", 0, "test", 254, 354, 49),
        ("p1", 1, "train", 251, 351, 49),
        ("p2", 1, "dev", 251, 351, 49),
    ]
    wanted = [naive_window(CHR1, tss, strand, 100) for _, _, _, tss, strand in sorted(ROWS)[:5]]
    assert rows["sequence"].to_list() == wanted
    composition = (tmp_path / "out" / "d.composition.tsv").read_text().splitlines()
    assert composition[0] == "dataset\tlabel\tposition\tn\tA\tC\tG\tT\tCpG"
    assert len(composition) == 1 + 2 * 100
    assert [composition[at].split("\t")[:4] for at in (1, 200)] == [
        ["demo.100", "0", "-49", "3"],
        ["demo.100", "1", "50", "2"],
    ]
    card = json.loads((tmp_path / "out" / "d.json").read_text())
    head = [card[field] for field in ("step", "dataset", "task", "length")]
    assert head == ["build_length_variants", "demo.100", "demo", 100]
    assert card["dropped"] == {"windows past a chromosome's end": 1}
    assert card["counts"]["label"] == {"0": 3, "1": 2}
    assert card["counts"]["fold_by_label"] == {"train": {"0": 1, "1": 1}, "dev": {"0": 1, "1": 1}, "test": {"0": 1}}
    assert card["counts"]["biotype_by_label"] == {"lncRNA": {"1": 2}, "protein_coding": {"0": 3}}
    assert card["parameters"] == {"length": 100, "max_n_share": 0.0, "max_lost": 0.2, "seed": 42}
    source = (tmp_path / "in" / "genome.fa").read_bytes()
    digest = {"file": "genome.fa", "bytes": len(source), "sha256": sha256(source).hexdigest()}
    assert card["inputs"]["genome"] == digest
    assert card["notes"] == []


def test_prepared_genome_with_its_card__digest_of_the_download_in_the_card(build, step, tmp_path):
    source = write_fasta(tmp_path / "download.fa.gz", {"chr1": CHR1}, "gzip")
    made, card = tmp_path / "prepared.fa", tmp_path / "prepared.json"
    mask = tmp_path / "mask.bed"
    outputs = ("--card", card, "--out-fasta", made, "--out-fai", tmp_path / "prepared.fa.fai", "--out-mask", mask)
    assert step("prepare_genome", "--fasta", source, *outputs).exit_code == 0
    assert build("--genome", made, "--upstream", card, "--soft-mask", mask).exit_code == 0
    found = json.loads((tmp_path / "out" / "d.json").read_text())
    assert found["inputs"]["genome"]["file"] == "download.fa.gz"
    assert [record["step"] for record in found["upstream"]] == ["prepare_genome"]
    rows = dataset.read(tmp_path / "out" / "d.parquet")
    assert rows["sequence"][0] == naive_window(CHR1, 302, "+", 100)
    lower = [np.mean([base.islower() for base in CHR1[start:end]]) for start, end in rows.select("start", "end").rows()]
    assert rows["repeat_fraction"].to_list() == pytest.approx(lower)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"genome": gzip.compress(fasta_text({"chr1": CHR1}))}, ["genome.fa: plain gzip", "Run prepare_genome"]),
        ({"genome": b">chr1\n" + b"MEEPQSDPSV" * 60}, ["genome.fa, sequence chr1: letters that are not bases"]),
        ({"genome": fasta_text({"chr7": CHR1})}, ["demo.sites.parquet: chromosomes chr1 not in genome.fa (chr7)"]),
        ({"genome": fasta_text({"chr1": CHR1[:310]})}, ["6 of 6 (100.0%) sites of demo.sites.parquet have no usable"]),
        ({"name": "a/b"}, ["--name 'a/b'"]),
        ({"rows": make_sites(ROWS).clear()}, ["demo.sites.parquet: no sites"]),
    ],
)
def test_bad_input__one_line_and_nothing_written(build, refused, tmp_path, arguments, words):
    refused(build(**arguments), *words, nothing_in=tmp_path / "out")


def written(path, step_name, **parameters):
    provenance.write(provenance.make(step_name, parameters=parameters), path)
    return path


def test_longer_than_the_window_of_the_splits__one_line_and_nothing_written(build, refused, tmp_path):
    folds = written(tmp_path / "folds.json", "assign_folds", window=99)
    words = ["--length 100: assign_folds was run with --window 99", "different splits", "--window 100 or more"]
    refused(build("--upstream", folds), *words, "--group_length", nothing_in=tmp_path / "out")
    later = tmp_path / "later.json"
    provenance.write(provenance.make("another", upstream=[folds]), later)
    refused(build("--upstream", later), *words, nothing_in=tmp_path / "out")
    assert build("--upstream", written(folds, "assign_folds", window=100)).exit_code == 0


@pytest.mark.parametrize(
    ("kind", "drawn", "window", "fits"),
    [
        ("matched", "matched", 99, False),
        ("genomic", "genomic", 100, True),
        ("shuffle", "shuffle", None, True),
        ("annotated", "genomic", 99, True),  # of another task, which shares the card of the splits
    ],
)
def test_longer_than_the_window_of_the_negatives__refused(build, refused, tmp_path, kind, drawn, window, fits):
    rows = make_sites(ROWS, fold=["train"] * 6, negative_kind=[None] * 3 + [kind] * 3)
    given = {"kind": drawn} | ({"window": window} if window else {})
    result = build("--upstream", written(tmp_path / "n.json", "sample_negatives", **given), rows=rows)
    if fits:
        assert result.exit_code == 0, result.output
    else:
        words = ["--length 100: sample_negatives was run with --window 99", "--window 100 or more"]
        refused(result, *words, nothing_in=tmp_path / "out")
