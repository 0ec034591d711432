"""score_attention.py from the shell: four outputs that agree, for each family; or one line and nothing."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest

import tiny_checkpoints
from helpers_baseline import planted
from lncprom import provenance
from lncprom.tables import dataset, importance

METHODS = {
    "cnn": ["gradient_x_input", "integrated_gradients", "occlusion"],
    "logistic_regression": ["kmer_weights", "occlusion"],
}
ATTENTIVE = ["attention", "attention_all", "gradient_x_input", "integrated_gradients", "occlusion", "rollout"]
TSS = 40
QUICK = ("--threads", 1, "--samples", 3, "--steps", 4)
TRAINING = ("--epochs", 1, "--restarts", 0, "--threads", 1, "--warmup-steps", 5)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A data set, and a model of each family that was trained on it for one epoch."""
    from click.testing import CliRunner

    import finetune
    import train_baseline

    folder = tmp_path_factory.mktemp("models")
    dataset.write(planted(120).with_columns(pl.lit(TSS, pl.Int32).alias("tss_index")), folder / "d.parquet")

    def call(script, *given):
        result = CliRunner().invoke(script.main, [str(part) for part in given])
        assert result.exit_code == 0, result.output

    outputs = ("--predictions", folder / "p", "--card", folder / "c.json")
    named = ("--dataset", folder / "d.parquet", "--name", "planted_60")
    more = {"shuffled": ("cnn", "--shuffle-labels"), "cnn": ("cnn",)}
    for family in ("dnabert", "dnabert2", "nucleotide_transformer", "huggingface"):
        more[family] = (family, "--checkpoint", tiny_checkpoints.write(folder / "checkpoints" / family, family))
    for name, (family, *rest) in more.items():
        given = (*named, *TRAINING, *outputs, "--training", folder / "t.tsv", "--family", family, *rest)
        call(finetune, *given, "--out-dir", folder / name, "--truncation", "right" if family == "dnabert" else "tss")
    given = (*named, *outputs, "--kmers", folder / "k.tsv", "--plot", folder / "k.svg", "--c-grid", "1")
    call(train_baseline, *given, "--out-dir", folder / "logistic_regression")
    return folder


def options(place, work, family: str, rows: pl.DataFrame | None = None) -> list:
    """The step's arguments; with `rows` of a data set that is written first."""
    folder, data = place / family, place / "d.parquet"
    if rows is not None:
        data = work / "in" / "d.parquet"
        data.parent.mkdir()
        pq.write_table(rows.to_arrow(), data)  # the package itself writes no TSS that is outside
    outputs = {"out": "i.parquet", "curves": "c.tsv", "heads": "h.tsv", "card": "c.json"}
    checkpoint = ("--checkpoint", place / "checkpoints" / family) if family == "nucleotide_transformer" else ()
    return [
        *("--dataset", data, "--name", "planted_60", "--model-dir", folder, *checkpoint),
        *("--model", family, "--family", family, *QUICK),
        *(part for option, name in outputs.items() for part in (f"--{option}", work / name)),
    ]


@pytest.mark.parametrize(
    "family", ["cnn", "dnabert", "dnabert2", "nucleotide_transformer", "huggingface", "logistic_regression"]
)
def test_each_family__scores_of_every_base_curves_heads_and_a_card_that_agree(step, place, tmp_path, family):
    result = step("score_attention", *options(place, tmp_path, family))
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c.json", "c.tsv", "h.tsv", "i.parquet"]
    rows, wanted = importance.read(tmp_path / "i.parquet"), METHODS.get(family, ATTENTIVE)
    assert rows.select("dataset", "model", "seed").unique().rows() == [("planted_60", family, 42)]
    assert rows.filter(control="")["method"].unique().sort().to_list() == wanted
    twin = [method for method in wanted if method in ("attention", "attention_all", "rollout", "integrated_gradients")]
    assert rows.filter(control="random_init")["method"].unique().sort().to_list() == twin
    assert rows.equals(rows.sort("control", "method", "sample_id", "position"))
    samples = rows.group_by("control", "method", "label").agg(pl.col("sample_id").n_unique())["sample_id"]
    assert samples.unique().to_list() == [3]
    assert rows["position"].unique().sort().to_list() == list(range(-TSS, 60 - TSS))
    assert rows["score"].null_count() == 0
    curves = pl.read_csv(tmp_path / "c.tsv", separator="\t")
    assert curves.columns == [
        *("dataset", "model", "seed", "control", "method", "kind", "bases", "n", "mean", "sd"),
        *("random_mean", "random_sd", "ci_low", "ci_high"),
    ]
    assert curves["bases"].unique().sort().to_list() == [0, 5, 10, 20, 40]  # no 80 of 60
    assert curves.filter(pl.col("control").is_null())["method"].unique().sort().to_list() == wanted
    assert curves["n"].unique().to_list() == [3]
    heads = pl.read_csv(tmp_path / "h.tsv", separator="\t")
    assert heads.columns == ["dataset", "model", "seed", "control", "layer", "head", "share_first80", "entropy_bits"]
    assert heads.height == (2 * 2 * 4 if "attention" in wanted else 0)
    card = json.loads((tmp_path / "c.json").read_text())
    about = [card[name] for name in ("step", "dataset", "model", "tss_known")]
    assert about == ["score_attention", "planted_60", family, True]
    assert card["counts"]["label"] == {"0": 3, "1": 3}
    assert card["counts"]["bases_seen_share"] == card["counts"]["tss_seen_share"] == 1
    if "integrated_gradients" in wanted:
        misses = card["counts"]["integrated_gradients"]
        assert 0 <= misses["as trained"]["delta_mean"] < 0.1
        assert misses["random_init"]["delta_max"] < 0.1
    assert "samples, " in result.stderr
    assert " a second" in result.stderr


def test_the_same_call_in_other_batches_and_another_order_of_rows__the_same_table(step, place, tmp_path):
    mixed = tmp_path / "mixed.parquet"
    dataset.write(dataset.read(place / "d.parquet").sample(fraction=1, shuffle=True, seed=3), mixed)
    found = []
    for data, size in ((place / "d.parquet", 16), (place / "d.parquet", 16), (mixed, 4)):
        given = options(place, tmp_path, "nucleotide_transformer")
        given[1] = data
        result = step("score_attention", *given, "--batch", size, "--methods", "attention,integrated_gradients,ism")
        assert result.exit_code == 0, result.output
        written = [(tmp_path / name).read_bytes() for name in ("i.parquet", "c.tsv", "h.tsv")]
        found.append((written, importance.read(tmp_path / "i.parquet")))
    assert found[0][0] == found[1][0]
    first, last = found[0][1], found[2][1]
    assert first.drop("score").equals(last.drop("score"))
    np.testing.assert_allclose(first["score"], last["score"], atol=1e-5)


def test_sequences_that_are_cut__nulls_where_the_model_did_not_look_and_the_share_in_the_card(step, place, tmp_path):
    rows = dataset.read(place / "d.parquet").with_columns(pl.col("sequence") + pl.col("sequence"))
    given = options(place, tmp_path, "dnabert", rows)
    result = step("score_attention", *given, "--methods", "attention,integrated_gradients,occlusion,ism")
    assert result.exit_code == 0, result.output
    found = importance.read(tmp_path / "i.parquet")
    unseen = found.group_by("control", "method", "sample_id").agg(pl.col("position").filter(pl.col("score").is_null()))
    assert {tuple(places) for places in unseen["position"]} == {tuple(range(64 - TSS, 120 - TSS))}  # 62 3-mers
    assert json.loads((tmp_path / "c.json").read_text())["counts"]["bases_seen_share"] == round(64 / 120, 6)


def test_no_tss_known__positions_from_the_last_base_and_no_share_of_heads(step, place, tmp_path):
    rows = dataset.read(place / "d.parquet").with_columns(pl.lit(None, pl.Int32).alias("tss_index"))
    given = options(place, tmp_path, "dnabert2", rows)
    result = step("score_attention", *given, "--methods", "attention", "--sample", "s00001")
    assert result.exit_code == 0, result.output
    found = importance.read(tmp_path / "i.parquet")
    assert found.filter(control="")["position"].to_list() == list(range(-59, 1))
    assert json.loads((tmp_path / "c.json").read_text())["tss_known"] is False
    assert pl.read_csv(tmp_path / "h.tsv", separator="\t")["share_first80"].null_count() == 16


def test_shuffled_labels_and_random_init__rows_of_that_control_alone(step, place, tmp_path):
    given = [*options(place, tmp_path, "cnn"), "--methods", "integrated_gradients", "--control"]
    given[5] = place / "shuffled"
    assert step("score_attention", *given, "shuffled_labels").exit_code == 0
    assert importance.read(tmp_path / "i.parquet")["control"].unique().to_list() == ["shuffled_labels"]
    given[5] = place / "cnn"
    assert step("score_attention", *given, "random_init").exit_code == 0
    assert importance.read(tmp_path / "i.parquet")["control"].unique().to_list() == ["random_init"]
    assert pl.read_csv(tmp_path / "c.tsv", separator="\t")["control"].unique().to_list() == ["random_init"]


def test_samples_of_another_data_set__explained_where_the_models_own_is_named_and_the_card_says_so(
    step, place, tmp_path
):
    own = step("score_attention", *options(place, tmp_path, "cnn"))
    assert own.exit_code == 0, own.output
    expected = importance.read(tmp_path / "i.parquet")
    others = dataset.read(place / "d.parquet").with_columns(pl.lit("mine").alias("task"))
    given = options(place, tmp_path, "cnn", others)
    given[3] = "mine"
    done = step("score_attention", *given, "--trained-on", "planted_60")
    assert done.exit_code == 0, done.output
    found = importance.read(tmp_path / "i.parquet")
    assert found["dataset"].unique().to_list() == ["mine"]
    assert found.drop("dataset").equals(expected.drop("dataset"))
    card = json.loads((tmp_path / "c.json").read_text())
    assert card["parameters"]["trained_on"] == "planted_60"
    assert "the model was trained on planted_60, not on these samples' data set" in card["notes"]


REFUSED = {
    "trained on another": (("--trained-on", "other"), ("its dataset is 'planted_60'", "--trained-on")),
    "another family": (("--family", "dnabert"), ("cnn: a model of the family cnn, not dnabert",)),
    "no family": (("--family", "dnabrt"), ("dnabrt", "Did you mean dnabert")),
    "not a baseline": (("--family", "logistic_regression"), ("cnn: no model.json in it",)),
    "another data set": (("--name", "other"), ("its dataset is 'planted_60'", "--name says 'other'")),
    "another model": (("--model", "cnn2"), ("its model is 'cnn'", "--model says 'cnn2'")),
    "another seed": (("--seed", 1), ("its seed is 42", "--seed says 1")),
    "labels that were not shuffled": (("--control", "shuffled_labels"), ("Leave out --control shuffled_labels",)),
    "unknown method": (("--methods", "integrated_gradient"), ("Did you mean integrated_gradients",)),
    "method that the family lacks": (("--methods", "attention"), ("needs attention", "cnn", "integrated_gradients")),
    "auto and a method": (("--methods", "auto,ism"), ("auto stands alone",)),
    "random_init of none": (("--methods", "ism", "--control", "random_init"), ("--control random_init", "rollout")),
    "sample that is not there": (("--sample", "s00201x"), ("d.parquet: no sample s00201x",)),
    "no such fold": (("--fold", "tset"), ("--fold tset", "Did you mean test?")),
    "samples below none": (("--samples", -1), ("'--samples': -1",)),
    "no steps": (("--steps", 0), ("'--steps': 0",)),
    "no batch": (("--batch", 0), ("'--batch': 0",)),
    "no gpu": (("--require-gpu",), ("--require-gpu with --device cpu",)),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_call_that_cannot_be__refused(step, refused, place, tmp_path, kind):
    given, words = REFUSED[kind]
    refused(step("score_attention", *options(place, tmp_path, "cnn"), *given), *words, nothing_in=tmp_path)


CHANGED = {
    "empty class": (lambda rows: rows.filter(label=1), ("d.parquet: no sample of class 0 in the fold test",)),
    "empty fold": (
        lambda rows: rows.filter(pl.col("fold") != "test"),
        ("d.parquet: no sample in the fold test", "train, dev"),
    ),
    "no rows": (lambda rows: rows.clear(), ("d.parquet: no sample in the fold test",)),
    "a window without its TSS": (
        lambda rows: rows.with_columns(pl.lit(60, pl.Int32).alias("tss_index")),
        ("d.parquet: s000", "has tss_index 60, which is outside"),
    ),
    "too long and no TSS to keep": (
        lambda rows: rows.with_columns(
            pl.col("sequence").repeat_by(40).list.join(""), pl.lit(None, pl.Int32).alias("tss_index")
        ),
        ("d.parquet, s000", "2,400 bases", "no TSS is known"),
    ),
}


@pytest.mark.parametrize("kind", CHANGED)
def test_data_set_that_cannot_be_explained__refused_by_file(step, refused, place, tmp_path, kind):
    change, words = CHANGED[kind]
    given = options(place, tmp_path, "cnn", change(dataset.read(place / "d.parquet")))
    refused(step("score_attention", *given, "--methods", "occlusion"), *words, nothing_in=tmp_path, but=("in",))


FOLDERS = {
    "of shuffled labels": ("shuffled", ("on shuffled labels", "--control shuffled_labels")),
    "of something else": ("checkpoints", ("no finetuned.json in it",)),
}


@pytest.mark.parametrize("kind", FOLDERS)
def test_folder_of_another_model__refused(step, refused, place, tmp_path, kind):
    folder, words = FOLDERS[kind]
    given = options(place, tmp_path, "cnn")
    given[5] = place / folder
    refused(step("score_attention", *given), *words, nothing_in=tmp_path)


def test_adapters_without_their_checkpoint__refused(step, refused, place, tmp_path):
    given = options(place, tmp_path, "nucleotide_transformer")
    at = given.index("--checkpoint")
    words = ("nucleotide_transformer: holds LoRA adapters only", "checkpoint")
    refused(step("score_attention", *given[:at], *given[at + 2 :]), *words, nothing_in=tmp_path)


def test_card_of_a_model_of_other_data__refused(step, refused, place, tmp_path):
    (tmp_path / "in").mkdir()
    card = tmp_path / "in" / "lr.json"
    provenance.write({"dataset": "other"} | provenance.make("train_baseline"), card)
    given = (*options(place, tmp_path, "logistic_regression"), "--upstream", card)
    words = ("lr.json: a model of the data set 'other'", "--name says 'planted_60'")
    refused(step("score_attention", *given), *words, nothing_in=tmp_path, but=("in",))
