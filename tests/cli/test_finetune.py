"""finetune.py from the shell: model, predictions, losses and card, or one line and nothing."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time

import polars as pl
import pytest

from helpers_baseline import planted
from helpers_finetune import CNN, QUICK, options
from lncprom import provenance
from lncprom.evaluation import metrics
from lncprom.inference import saved_model
from lncprom.tables import dataset, predictions

NAMES = ["c.json", "model/application.json", "model/config.json", "model/finetuned.json", "model/lncprom.json"]
NAMES += ["model/model.safetensors", "p.parquet", "t.tsv"]


def written(work) -> list[str]:
    return sorted(str(path.relative_to(work)) for path in work.rglob("*") if path.is_file())


def same(first, second) -> list[str]:
    """Outputs whose bytes differ; the card says how long a run took."""
    assert written(first) == written(second) == NAMES
    return [n for n in NAMES if n != "c.json" and (first / n).read_bytes() != (second / n).read_bytes()]


@pytest.fixture
def data(tmp_path):
    dataset.write(planted(600), tmp_path / "d.parquet")
    return tmp_path / "d.parquet"


def test_planted_motif__learned_and_four_outputs_that_agree(step, data, work):
    upstream = data.parent / "d.json"
    provenance.write(provenance.make("build_length_variants", counts={"samples": 600}), upstream)
    given = (*CNN, "--epochs", 8, "--learning-rate", 5e-3, "--model", "small_cnn", "--seed", 7, "--upstream", upstream)
    result = step("finetune", *options(data, work), *given)
    assert result.exit_code == 0, result.output
    assert written(work) == NAMES
    found = predictions.read(work / "p.parquet")
    assert found.group_by("model", "dataset", "seed").len().rows() == [("small_cnn", "planted_60", 7, 600)]
    test = found.filter(pl.col("fold") == "test")
    assert ((test["probability"] >= 0.5) == (test["label"] == 1)).mean() > 0.9
    losses = pl.read_csv(work / "t.tsv", separator="\t")
    assert losses.columns == [
        *("dataset", "model", "seed", "attempt", "epoch", "step", "learning_rate", "train_loss", "dev_loss"),
        *("dev_mcc", "collapsed", "kept"),
    ]
    assert losses["epoch"].to_list()[-8:] == list(range(1, 9))
    card = json.loads((work / "c.json").read_text())
    assert (card["step"], card["dataset"], card["task"]) == ("finetune", "planted_60", "planted")
    kept = losses.filter(pl.col("kept") == 1)
    assert kept["dev_loss"].to_list() == [card["counts"]["dev_loss"]] == [losses.tail(8)["dev_loss"].min()]
    assert card["parameters"]["learning_rate"] == 5e-3
    assert card["parameters"]["options"]["hidden"] == 16
    assert card["counts"]["attempts"][-1]["collapsed"] == ""
    assert card["counts"]["bases_seen_share"] == 1
    assert card["run"]["threads"] == 1
    assert card["run"]["sequences_per_second"] > 0
    assert card["run"]["model_flop_utilization"] is None
    assert [record["step"] for record in card["upstream"]] == ["build_length_variants"]
    assert "dev MCC" in result.stderr
    opened = saved_model.open_folder(work / "model")
    assert (opened.family.name, opened.truncation, opened.tss_index) == ("cnn", "tss", None)


def test_labels_shuffled__not_learned_and_the_card_says_so(step, data, work):
    states = data.parent / "states"
    given = (*CNN, "--epochs", 4, "--learning-rate", 5e-3, "--shuffle-labels", "--checkpoint-dir", states)
    result = step("finetune", *options(data, work), *given)
    assert result.exit_code == 0, result.output
    found = predictions.read(work / "p.parquet")
    both = found.join(dataset.read(data), on="sample_id")
    assert (both["label"] == both["label_right"]).all()  # the true ones, in train too
    test = found.filter(pl.col("fold") == "test")
    called = metrics.Ranked.of(test["label"].to_numpy(), test["probability"].to_numpy())
    assert abs(metrics.values(called)["mcc"][0]) < 0.3
    card = json.loads((work / "c.json").read_text())
    assert card["parameters"]["shuffle_labels"] is True
    assert card["parameters"]["restarts"] == 0  # a control that has learnt nothing is no accident
    assert any("the labels of train and dev were shuffled (seed 42)" in note for note in card["notes"])
    assert saved_model.open_folder(work / "model").shuffled_labels


def test_rows_in_another_order__the_same_bytes(step, data, work, tmp_path):
    (tmp_path / "again").mkdir()
    mixed = tmp_path / "mixed.parquet"
    dataset.write(dataset.read(data).sample(fraction=1, shuffle=True, seed=3), mixed)
    for table, folder in ((data, work), (mixed, tmp_path / "again")):
        result = step("finetune", *options(table, folder), *QUICK)
        assert result.exit_code == 0, result.output
    assert same(work, tmp_path / "again") == []


def test_stopped_and_begun_again_in_a_new_folder__the_bytes_of_an_undisturbed_run(step, root, data, work, tmp_path):
    again, states = tmp_path / "again", tmp_path / "states"
    again.mkdir()
    longer = ("--epochs", 30, "--save-steps", 20, "--option", "dropout=0.2")
    begun = (*options(data, work), *CNN, *longer, "--checkpoint-dir", states)
    command = [str(word) for word in (sys.executable, root / "bin" / "finetune.py", *begun)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        while not list(states.glob("*.state")) and process.poll() is None:
            time.sleep(0.005)
        process.send_signal(signal.SIGUSR2)
        said = process.communicate(timeout=60)[1]
    assert process.returncode == 140, said
    assert "SIGUSR2: stopped at step " in said
    assert written(work) == []
    result = step("finetune", *options(data, again), *CNN, *longer, "--checkpoint-dir", states)
    assert "resuming from step " in result.stderr
    assert list(states.iterdir()) == []  # the outputs are written, so that no state is needed
    assert json.loads((again / "c.json").read_text())["run"]["resumed_from"]["step"] > 0
    step("finetune", *options(data, work), *CNN, *longer)
    assert same(work, again) == []


@pytest.mark.parametrize(
    ("number", "code", "meanwhile"),
    [(signal.SIGTERM, 143, "click"), (signal.SIGUSR1, 140, "torch"), (signal.SIGUSR2, 140, "lncprom/tables")],
)
def test_signal_while_this_module_is_imported__the_code_of_that_signal(root, data, work, number, code, meanwhile):
    command = [sys.executable, "-v", root / "bin" / "finetune.py", *options(data, work), *CNN, "--epochs", 10_000]
    with subprocess.Popen([str(part) for part in command], stderr=subprocess.PIPE, text=True) as process:
        for line in process.stderr:
            if f"{meanwhile}/__init__" in line:
                process.send_signal(number)
                break
        said = process.stderr.read()
    assert process.returncode == code, said[-2000:]
    assert number.name in said
    assert "Traceback" not in said
    assert written(work) == []


def test_lora__few_weights_trained_at_its_own_rate_and_the_adapters_saved(step, trained, tmp_path):
    folder, checkpoint = trained("nucleotide_transformer"), trained.checkpoint("nucleotide_transformer")
    card = json.loads((folder / "c.json").read_text())
    assert card["parameters"]["learning_rate"] == 1e-4
    assert 0 < card["counts"]["weights_trained"] < card["counts"]["weights"] / 5
    assert any("LoRA r 8 on query, value" in note for note in card["notes"])
    fasta = tmp_path / "x.fa"
    rows = dataset.read(trained.data).head(20)
    fasta.write_text("".join(f">{name}\n{text}\n" for name, text in rows.select("sample_id", "sequence").iter_rows()))
    given = ("--fasta", fasta, "--model-dir", folder / "model", "--out", tmp_path / "x.tsv")
    result = step("predict", *given, "--checkpoint", checkpoint)
    assert result.exit_code == 0, result.output
    scores = pl.read_csv(tmp_path / "x.tsv", separator="\t")
    both = predictions.read(folder / "p.parquet").join(scores, left_on="sample_id", right_on="id")
    assert both.height == 20
    assert (both["probability"] - both["probability_right"]).abs().max() < 1e-6


@pytest.mark.parametrize("family", ["dnabert", "dnabert2"])
def test_tiny_checkpoint__fine_tuned_at_the_studys_rate(trained, family):
    card = json.loads((trained(family) / "c.json").read_text())
    assert card["parameters"]["learning_rate"] == 3e-5
    assert card["inputs"]["checkpoint"]["file"] == family
    assert (trained(family) / "model" / "model.safetensors").exists()


def test_sequences_longer_than_the_model__share_of_bases_and_tss_in_the_card(step, data, work):
    dataset.write(planted(120, tss_index=[25] * 120), data)
    short = ("--family", "cnn", "--option", "max_tokens=30", "--epochs", 1, "--restarts", 0)
    shares = {}
    for way in ("tss", "right", "left", "chunk"):
        result = step("finetune", *options(data, work), *short, "--truncation", way)
        assert result.exit_code == 0, result.output
        counts = json.loads((work / "c.json").read_text())["counts"]
        shares[way] = (counts["bases_seen_share"], counts["tss_seen_share"], counts["sequences_cut"])
    assert shares == {"tss": (0.5, 1, 120), "right": (0.5, 1, 120), "left": (0.5, 0, 120), "chunk": (1, 1, 0)}


def test_fraction_of_train__its_samples_predicted_and_more_epochs(step, data, work):
    result = step("finetune", *options(data, work), *QUICK, "--train-fraction", 0.25, "--seed", 3)
    assert result.exit_code == 0, result.output
    rows, found = dataset.read(data), predictions.read(work / "p.parquet")
    assert set(found["sample_id"]) == set(dataset.of_fraction(rows, 0.25, 3)["sample_id"])
    assert found["train_fraction"].unique().to_list() == [0.25]
    card = json.loads((work / "c.json").read_text())
    assert (card["parameters"]["train_fraction"], card["parameters"]["epochs"]) == (0.25, 8)
