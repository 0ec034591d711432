"""bin/profile_importance.py on hand-made importance of a ready-made data set, and on what users get wrong."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

import helpers_importance as made
from lncprom.tables import dataset, importance, predictions

METHODS = ("attention", "integrated_gradients", "occlusion")
TABLES = ("audit.tsv", "profile.tsv", "promoters.json", "shares.tsv", "summary.json")
OF_METHOD = (*("clustered.png", "clustered.svg", "heatmap.png", "heatmap.svg", "matrix.parquet", "matrix.tsv.gz"),)


@pytest.fixture
def given(tmp_path) -> list[str]:
    folder = tmp_path / "in"
    folder.mkdir()
    return [*made.make(folder, seeds=(1,), methods=("occlusion",)), "--bootstrap", "50"]


@pytest.fixture
def call(step, tmp_path):
    def run(arguments, *more):
        return step(
            "profile_importance", *arguments, *more, "--out-dir", tmp_path / "out", "--card", tmp_path / "card.json"
        )

    return run


def test_ready_made_set__every_file_but_tracks_and_a_card_that_counts(call, tmp_path):
    (tmp_path / "in").mkdir()
    given = [*made.make(tmp_path / "in", seeds=(1,), methods=METHODS), "--bootstrap", "50"]
    result = call(given)
    assert result.exit_code == 0, result.output
    found = sorted(path.name for path in (tmp_path / "out").iterdir())
    expected = {*TABLES, *(f"{method}.{name}" for method in METHODS for name in OF_METHOD)}
    assert found == sorted(expected - {"occlusion.clustered.png", "occlusion.heatmap.png"})  # not shown in the report
    card = json.loads((tmp_path / "card.json").read_text())
    assert (card["step"], card["dataset"], card["model"]) == ("profile_importance", made.NAME, made.MODEL)
    assert card["counts"] == {
        "samples": 24, "label": {"0": 12, "1": 12}, "methods": 3, "panels": 10, "on the genome": 0,
    }  # fmt: skip
    assert card["dropped"] == {"without a place in the genome (ready-made, or bases made), so on no track": 24}
    assert card["inputs"].keys() == {
        "dataset", "importance i1.parquet", "curves c1.tsv", "heads h1.tsv", "predictions p1.parquet"
    }  # fmt: skip
    assert "integrated_gradients: " in result.stderr
    shares = pl.read_csv(tmp_path / "out" / "shares.tsv", separator="\t")
    assert shares.columns == [
        *("dataset", "model", "seed", "control", "method", "label", "scope", "region", "n"),
        *("share", "ci_low", "ci_high", "length_share"),
    ]
    trained = shares.filter(pl.col("control").is_null() & (pl.col("label") == 1) & (pl.col("scope") == "window"))
    assert (trained["ci_low"] > trained["length_share"]).all()
    assert trained["length_share"].to_list() == pytest.approx([80 / 120] * 3, abs=1e-5)
    control = shares.filter((pl.col("control") == "random_init") & (pl.col("scope") == "window"))
    assert (control["share"] - control["length_share"]).abs().max() < 0.05
    audit = pl.read_csv(tmp_path / "out" / "audit.tsv", separator="\t")
    verdict = dict(audit.filter(pl.col("check") == "deletion").select("method", "verdict").iter_rows())
    assert verdict == dict.fromkeys(METHODS, "pass")
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["shown"] == ["integrated_gradients", "attention"]
    assert [len(panel["scores"]) for panel in json.loads((tmp_path / "out" / "promoters.json").read_text())] == [2] * 10


def test_again_with_inputs_in_another_order__the_same_bytes(call, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    arguments = [*made.make(folder, per_class=4, methods=("occlusion",)), "--bootstrap", "20"]
    assert call(arguments).exit_code == 0
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    card = (tmp_path / "card.json").read_bytes()
    pairs = [arguments[at : at + 2] for at in range(0, len(arguments), 2)]
    assert call([part for pair in reversed(pairs) for part in pair]).exit_code == 0
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before
    assert (tmp_path / "card.json").read_bytes() == card


def test_without_curves_heads_and_predictions__not_run_is_said_and_a_panel_of_who_is_asked_for(call, given, tmp_path):
    for option in ("--curves", "--heads", "--predictions"):
        at = given.index(option)
        del given[at : at + 2]
    assert call(given, "--sample", "n03").exit_code == 0
    audit = pl.read_csv(tmp_path / "out" / "audit.tsv", separator="\t")
    bases = audit.filter(pl.col("check") == "bases")
    assert bases["verdict"].to_list() == ["not run"]
    assert bases["sentence"].str.contains("no base may be called important").all()
    panels = json.loads((tmp_path / "out" / "promoters.json").read_text())
    assert [(panel["why"], panel["sample_id"]) for panel in panels] == [("asked", "n03")]


def test_deletion_as_random__refuses_the_word_important(call, given, tmp_path):
    made.curves(("occlusion",), falls={"occlusion": 1.0}).write_csv(tmp_path / "in" / "c1.tsv", separator="\t")
    assert call(given).exit_code == 0
    audit = pl.read_csv(tmp_path / "out" / "audit.tsv", separator="\t").filter(pl.col("method") == "occlusion")
    told = {row["check"]: row for row in audit.iter_rows(named=True)}
    assert (told["bases"]["verdict"], told["overall"]["verdict"]) == ("fail", "fail")
    assert told["bases"]["sentence"].endswith("not important.")


def test_no_tss_known__profiles_from_the_last_base_and_no_shares(call, given, tmp_path):
    rows = made.samples().with_columns(pl.lit(None, pl.Int32).alias("tss_index"))
    dataset.write(rows, tmp_path / "in" / "d.parquet")
    importance.write(made.scores(rows, ("occlusion",)), tmp_path / "in" / "i1.parquet")
    result = call(given)
    assert result.exit_code == 0, result.output
    assert pl.read_csv(tmp_path / "out" / "shares.tsv", separator="\t").is_empty()
    profile = pl.read_csv(tmp_path / "out" / "profile.tsv", separator="\t")
    assert (profile["position"].min(), profile["position"].max()) == (-119, 0)
    assert "no TSS is known" in json.loads((tmp_path / "card.json").read_text())["notes"][0]
    assert "TSS unknown" in (tmp_path / "out" / "occlusion.heatmap.svg").read_text()


def spoiled(name: str, table, how) -> dict:
    """A file of the inputs, and how it is changed."""

    def change(folder: Path) -> None:
        table.write(how(table.read(folder / name)), folder / name)

    return {"change": change}


def replaced(name: str, old: str, new: str) -> dict:
    return {"change": lambda folder: (folder / name).write_text((folder / name).read_text().replace(old, new))}


WRONG = [
    ({"more": ("--sample", "q9")}, "--sample q9: not among the 24 samples with importance, e.g. n00"),
    ({"more": ("--region", "101")}, "d.parquet, n00: its window reaches 100 bases upstream of the TSS, --region asks"),
    ({"more": ("--name", "another")}, "i1.parquet: importance of the data set made_120, not another"),
    ({"more": ("--model", "cnn")}, "i1.parquet: importance of the model dnabert_6, not cnn"),
    ({"more": ("--name", "a/b")}, "--name 'a/b': not a name"),
    (
        spoiled("i1.parquet", importance, lambda rows: rows.filter(label=1)),
        "i1.parquet: no sample of class 0 among the 12 scored",
    ),
    (
        spoiled("d.parquet", dataset, lambda rows: rows.with_columns(pl.lit(90).alias("tss_index"))),
        "i1.parquet, n00: 120 scores from -100 to 19, not one for each base",
    ),
    (
        spoiled("p1.parquet", predictions, lambda rows: rows.with_columns(pl.lit("cnn").alias("model"))),
        "p1.parquet: no predictions of dnabert_6 in it",
    ),
    (
        spoiled("p1.parquet", predictions, lambda rows: rows.with_columns(pl.lit("other").alias("dataset"))),
        "p1.parquet: predictions of other, not of made_120",
    ),
    (
        spoiled("p1.parquet", predictions, lambda rows: rows.filter(pl.col("sample_id") != "p03")),
        "p1.parquet: p03 was scored but not predicted",
    ),
    (replaced("c1.tsv", "seed", "sead"), "c1.tsv: no column seed"),
    (replaced("h1.tsv", made.MODEL, "cnn"), "h1.tsv: of the model cnn, not dnabert_6"),
    (replaced("h1.tsv", "0.85", "much"), "h1.tsv: not readable as a table"),
    ({"change": lambda folder: (folder / "i1.parquet").write_text("no table")}, "i1.parquet: not a Parquet table"),
]


@pytest.mark.parametrize(("how", "words"), WRONG)
def test_what_users_get_wrong__one_line_exit_2_and_nothing_left(call, given, refused, tmp_path, how, words):
    how.get("change", lambda folder: None)(tmp_path / "in")
    refused(call(given, *how.get("more", ())), words, nothing_in=tmp_path, but=("in",))


def test_control_trained_on_shuffled_labels__shares_and_a_check_of_its_own(call, given, tmp_path):
    rows, methods = made.samples(), ("occlusion",)
    importance.write(made.scores(rows, methods, 1, "shuffled_labels"), tmp_path / "in" / "s.parquet")
    assert call(given, "--importance", tmp_path / "in" / "s.parquet").exit_code == 0
    audit = pl.read_csv(tmp_path / "out" / "audit.tsv", separator="\t")
    assert audit.filter(pl.col("check") == "shuffled_labels")["verdict"].to_list() == ["pass"]
    shares = pl.read_csv(tmp_path / "out" / "shares.tsv", separator="\t")
    assert set(shares["control"].to_list()) == {None, "random_init", "shuffled_labels"}
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["controls"] == ["random_init", "shuffled_labels"]


def test_predictions_of_a_seed_twice__refused(call, given, refused, tmp_path):
    again = tmp_path / "in" / "p2.parquet"
    again.write_bytes((tmp_path / "in" / "p1.parquet").read_bytes())
    words = ["p2.parquet, p00: predicted a second time with seed 1"]
    refused(call(given, "--predictions", again), *words, nothing_in=tmp_path, but=("in",))


def test_folder_with_other_files__left_alone(call, given, refused, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    refused(call(given), "holds other files", nothing_in=tmp_path, but=("in", "out"))
    assert (tmp_path / "out" / "mine.txt").read_text() == "mine"
