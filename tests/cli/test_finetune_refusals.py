"""finetune.py from the shell, bad input: exit 2, one line that names it, no file left."""

import polars as pl
import pytest

from helpers_baseline import planted
from helpers_finetune import CNN, QUICK, options
from lncprom.tables import dataset


@pytest.fixture
def data(tmp_path):
    dataset.write(planted(200), tmp_path / "d.parquet")
    return tmp_path / "d.parquet"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("--batch", 0), ("--batch 0", "1 at least")),
        (("--epochs", 0), ("--epochs 0", "1 at least")),
        (("--learning-rate", -0.001), ("--learning-rate -0.001", "above 0")),
        (("--learning-rate", "nan"), ("--learning-rate nan", "finite")),
        (("--micro-batch", -1), ("--micro-batch -1",)),
        (("--warmup-steps", -1), ("--warmup-steps -1",)),
        (("--restarts", -1), ("--restarts -1", "0 at least")),
        (("--weight-decay", -1), ("--weight-decay -1", "0 or more")),
        (("--clip", 0), ("--clip 0", "above 0")),
        (("--save-steps", -1), ("--save-steps is -1",)),
        (("--threads", -1), ("--threads -1", "1 to 4,096")),
        (("--threads", 10**12), ("--threads 1000000000000", "1 to 4,096")),
        (("--option", "hidden"), ("--option 'hidden'", "NAME=VALUE")),
        (("--option", "max_tokens=9"), ("--option max_tokens", "twice")),
        (("--option", "hiden=8"), ("hiden", "Did you mean hidden?")),
        (("--family", "dnabrt"), ("dnabrt", "Did you mean dnabert")),
        (("--model", "a/b"), ("--model 'a/b'", "letters, digits")),
        (("--name", ".x"), ("--name '.x'",)),
        (("--require-gpu",), ("--require-gpu with --device cpu",)),
    ],
)
def test_option_that_cannot_be__refused(step, refused, data, work, given, words):
    refused(step("finetune", *options(data, work), *QUICK, *given), *words, nothing_in=work)


def test_gpu_required_where_there_is_none__refused_and_else_a_line_says_cpu(step, refused, data, work, monkeypatch):
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    given = (*options(data, work), *QUICK, "--device", "cuda")
    words = ("--require-gpu", "CUDA_VISIBLE_DEVICES=''", "--gres=gpu:1", "--require_gpu false")
    refused(step("finetune", *given, "--require-gpu"), *words, nothing_in=work)
    result = step("finetune", *given)
    assert result.exit_code == 0
    assert "no GPU can be used here (CUDA_VISIBLE_DEVICES=''): computing on the CPU" in result.stderr


def test_family_without_its_checkpoint__refused(step, refused, data, work):
    result = step("finetune", *options(data, work), "--family", "dnabert")
    refused(result, "dnabert", "needs a checkpoint folder", nothing_in=work)


def changed(name: str, text: str):
    return lambda rows: rows.with_columns(
        pl.when(pl.col("sample_id") == name).then(pl.lit(text)).otherwise(pl.col("sequence")).alias("sequence")
    )


CHANGES = {
    "one class in train": (
        lambda rows: rows.filter((pl.col("fold") != "train") | (pl.col("label") == 1)),
        ("d.parquet", "all 80 samples of train are of class 1. Give samples of both classes."),
    ),
    "no dev": (lambda rows: rows.filter(pl.col("fold") != "dev"), ("d.parquet", "no sample in dev")),
    "no train": (lambda rows: rows.filter(pl.col("fold") != "train"), ("d.parquet", "no sample in train")),
    "no rows": (lambda rows: rows.clear(), ("d.parquet", "no sample in train")),
    "no folds": (
        lambda rows: rows.with_columns(pl.lit(None, pl.String).alias("fold")),
        ("d.parquet, s00000", "Run assign_folds first."),
    ),
    "N only": (changed("s00005", "N" * 60), ("d.parquet, s00005", "nothing but N")),
}


@pytest.mark.parametrize("kind", CHANGES)
def test_data_set_that_cannot_be_learnt_from__refused_by_file_and_record(step, refused, data, work, kind):
    change, words = CHANGES[kind]
    dataset.write(change(dataset.read(data)), data)
    refused(step("finetune", *options(data, work), *QUICK), *words, nothing_in=work)


def test_lower_case__refused_by_file_and_record(step, refused, data, work):
    import pyarrow.parquet as pq

    rows = changed("s00005", "acgt" * 15)(dataset.read(data))
    pq.write_table(rows.to_arrow(), data)  # as the package itself never writes it
    refused(step("finetune", *options(data, work), *QUICK), "d.parquet: s00005", "A, C, G, T, N", nothing_in=work)


@pytest.mark.parametrize("place", [-1, 60])
def test_tss_outside_of_its_sequence__refused_by_file_and_record(step, refused, data, work, place):
    import pyarrow.parquet as pq

    there = pl.when(pl.col("sample_id") == "s00005").then(place).otherwise(30).cast(pl.Int32).alias("tss_index")
    pq.write_table(dataset.read(data).with_columns(there).to_arrow(), data)
    words = ("d.parquet: s00005", f"tss_index {place}", "60 bases")
    refused(step("finetune", *options(data, work), *QUICK), *words, nothing_in=work)


def test_sequences_too_long_and_not_to_be_cut__refused_by_record(step, refused, data, work):
    given = ("--family", "cnn", "--option", "max_tokens=30", "--truncation")
    words = ("d.parquet, s00000", "60 bases", "30", "--truncation")
    refused(step("finetune", *options(data, work), *given, "error"), *words, nothing_in=work)
    refused(step("finetune", *options(data, work), *given, "tss"), "d.parquet, s00000", "no TSS", nothing_in=work)


def test_lora_target_that_matches_no_module__refused_with_those_that_there_are(step, refused, data, work, tiny):
    given = (
        "--family",
        "nucleotide_transformer",
        "--checkpoint",
        tiny("nucleotide_transformer"),
        "--option",
        "lora_targets=querry",
    )
    result = step("finetune", *options(data, work), *given)
    refused(result, "'querry'", "query", "value", nothing_in=work)


def test_folder_with_other_files__not_replaced(step, refused, data, work):
    (work / "model").mkdir()
    (work / "model" / "thesis.doc").write_text("years of work")
    result = step("finetune", *options(data, work), *QUICK)
    refused(result, "model: holds other files", nothing_in=work, but=("model",))
    assert (work / "model" / "thesis.doc").read_text() == "years of work"


def test_checkpoint_of_other_data__refused_by_its_file(step, refused, data, work, tmp_path):
    states = tmp_path / "states"
    states.mkdir()
    old = states / "planted_60.cnn.seed42.0123abcd-00000000.state"
    old.write_bytes(b"whatever")
    result = step("finetune", *options(data, work), *QUICK, "--checkpoint-dir", states)
    words = (str(old), "other data (digest 0123abcd, not ", "--checkpoint-dir")
    refused(result, *words, nothing_in=work)


def test_checkpoint_folder_in_a_file_or_a_full_disk__refused(step, refused, data, work, tmp_path, monkeypatch):
    from lncprom.training import resume_state

    (tmp_path / "file").write_text("")
    given = (*options(data, work), *QUICK, "--checkpoint-dir")
    refused(step("finetune", *given, tmp_path / "file" / "x"), "no checkpoint can be written", nothing_in=work)
    usage = resume_state.shutil.disk_usage(tmp_path)
    monkeypatch.setattr(resume_state.shutil, "disk_usage", lambda path: usage._replace(free=10_000))
    refused(step("finetune", *given, tmp_path / "s"), "0.0 MB free, checkpoints need", "Make room", nothing_in=work)


def test_loss_that_is_no_number__exit_1_one_line_and_nothing_written(step, data, work, monkeypatch):
    import torch

    clip = torch.nn.utils.clip_grad_norm_
    monkeypatch.setattr(torch.nn.utils, "clip_grad_norm_", lambda *given: clip(*given) * float("nan"))
    result = step("finetune", *options(data, work), *CNN, "--warmup-steps", 5)
    assert result.exit_code == 1
    lines = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
    assert lines == [result.stderr.splitlines()[-1]]
    assert "the norm of the gradient is nan in step 1 (epoch 1) at learning rate 0;" in lines[0]
    assert list(work.iterdir()) == []
