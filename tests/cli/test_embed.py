"""embed.py, train_probe.py and predict.py from the shell: one language model from sequences to probabilities."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest

import tiny_checkpoints
from helpers_baseline import planted
from lncprom.tables import dataset, embeddings, predictions

SHARED = ("--name", "planted_60")


@pytest.fixture(scope="module")
def made(trained, tmp_path_factory):
    """A data set, its embeddings and a probe of random weights, in one folder."""
    from click.testing import CliRunner

    import embed
    import train_probe

    folder = tmp_path_factory.mktemp("probe")
    dataset.write(planted(400, tss_index=[40] * 400), folder / "d.parquet")
    for script, given in ((embed, embed_words(trained, folder)), (train_probe, probe_words(folder))):
        result = CliRunner().invoke(script.main, [str(word) for word in given])
        assert result.exit_code == 0, result.output
    return folder


def embed_words(trained, folder, *more, data="d.parquet", out=None):
    out = out or folder
    model = ("--family", "dnabert", "--checkpoint", trained.checkpoint("dnabert"), "--threads", 1, "--init", "random")
    places = ("--out", out / "e.parquet", "--card", out / "e.json")
    return ("--dataset", folder / data, *SHARED, *model, "--seed", 3, *more, *places)


def probe_words(folder, out=None, data="d.parquet", **changed):
    out = out or folder
    given = {"embeddings": folder / "e.parquet", "embeddings-card": folder / "e.json", "model": "p", "seed": 3}
    given |= {"out-dir": out / "model", "predictions": out / "p.parquet", "card": out / "p.json"} | changed
    return (
        "--dataset",
        folder / data,
        *SHARED,
        *(word for name, value in given.items() for word in (f"--{name}", value)),
    )


def score(step, folder, out, *given):
    rows = dataset.read(folder / "d.parquet").head(20)
    records = (f">{name}\n{text}\n" for name, text in rows.select("sample_id", "sequence").iter_rows())
    (out / "x.fa").write_text("".join(records))
    return step("predict", "--fasta", out / "x.fa", "--model-dir", folder / "model", "--out", out / "x.tsv", *given)


def test_a_planted_motif__found_by_a_probe_and_the_cards_say_how(made, trained):
    card, embedded = (json.loads((made / name).read_text()) for name in ("p.json", "e.json"))
    assert [record["step"] for record in card["upstream"]] == ["embed"]
    assert embedded["counts"]["layers"] == 2
    assert embedded["parameters"]["layers"] == [0, 1, 2]
    assert embedded["counts"]["bases_seen_share"] == 1
    assert embedded["inputs"]["checkpoint"]["file"] == "dnabert"
    assert len(card["counts"]["tried"]) == 3 * 2 * 5
    assert (card["parameters"]["model"], card["parameters"]["init"]) == ("p", "random")
    found = predictions.read(made / "p.parquet")
    test = found.filter(pl.col("fold") == "test")
    assert ((test["probability"] > 0.5) == (test["label"] == 1)).mean() > 0.8
    assert found["seed"].unique().to_list() == [3]
    assert embeddings.TABLE.read(made / "e.parquet").height == 6 * 400


def test_rows_in_another_order_and_other_batches__the_same_probabilities(made, trained, step, work):
    mixed = dataset.read(made / "d.parquet").sample(fraction=1, shuffle=True, seed=3)
    dataset.write(mixed, made / "mixed.parquet")
    result = step("embed", *embed_words(trained, made, "--batch", 7, data="mixed.parquet", out=work))
    assert result.exit_code == 0, result.output
    for (names, part), (others, other) in zip(
        embeddings.read(made / "e.parquet"), embeddings.read(work / "e.parquet"), strict=True
    ):
        assert names == others
        np.testing.assert_allclose(part.values, other.values, atol=2e-3)
    result = step("train_probe", *probe_words(made, work, "mixed.parquet"))
    assert result.exit_code == 0, result.output
    assert (work / "p.parquet").read_bytes() == (made / "p.parquet").read_bytes()


def test_predict_by_a_probe__the_probabilities_of_training(made, trained, step, work):
    result = score(step, made, work, "--checkpoint", trained.checkpoint("dnabert"), "--threads", 1)
    assert result.exit_code == 0, result.output
    found = pl.read_csv(work / "x.tsv", separator="\t").join(
        predictions.read(made / "p.parquet"), left_on="id", right_on="sample_id", suffix="_then"
    )
    assert found.height == 20
    assert (found["probability"] - found["probability_then"]).abs().max() < 2e-3


def test_predict_without_the_checkpoint_or_by_another__refused(made, step, refused, work):
    refused(score(step, made, work), "holds a probe only. Give the checkpoint that it was trained on too.")
    other = tiny_checkpoints.write(work / "other", "dnabert", seed=5)
    refused(score(step, made, work, "--checkpoint", other), "a probe of another checkpoint or other options.")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"embeddings-card": "p.json"}, "p.json: the card of train_probe, not of embeddings."),
        ({"embeddings": "d.parquet"}, "d.parquet: no table of embeddings."),
    ],
)
def test_other_files_in_their_place__refused(made, step, refused, work, change, words):
    change = {name: made / file for name, file in change.items()}
    refused(step("train_probe", *probe_words(made, work, **change)), words, nothing_in=work)


def test_a_pooling_and_a_layer_that_are_not_there__refused(made, trained, step, refused, work):
    for more, words in ((("--layers", "1,9"), "--layers 9: "), (("--poolings", "mean,sum"), "--poolings sum: ")):
        refused(step("embed", *embed_words(trained, made, *more, out=work)), words, nothing_in=work)
