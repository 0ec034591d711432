"""predict.py from the shell: a probability for each record, whatever the batch, or one line and no table."""

import gzip

import polars as pl
import pytest

from helpers_baseline import planted, random_sequences
from helpers_finetune import QUICK, options
from lncprom.inference import fasta_scores
from lncprom.tables import dataset, predictions


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A model folder and the predictions of its own data set."""
    from click.testing import CliRunner

    import finetune

    folder = tmp_path_factory.mktemp("own")
    dataset.write(planted(200), folder / "d.parquet")
    given = [str(part) for part in (*options(folder / "d.parquet", folder), *QUICK)]
    result = CliRunner().invoke(finetune.main, given)
    assert result.exit_code == 0, result.output
    return folder


def fasta(path, records: dict[str, str], width: int = 17):
    lines = (
        f">{name} words\n" + "".join(f"{text[at : at + width]}\n" for at in range(0, len(text), width))
        for name, text in records.items()
    )
    path.write_text("".join(lines))
    return path


def scores(step, path, own, *given) -> pl.DataFrame:
    out = path.with_suffix(".tsv")
    result = step("predict", "--fasta", path, "--model-dir", own / "model", "--out", out, *given)
    assert result.exit_code == 0, result.output
    return pl.read_csv(out, separator="\t")


def test_own_samples_in_lower_case_and_gzipped__the_probabilities_that_finetune_gave(step, own, tmp_path):
    rows = dataset.read(own / "d.parquet")
    path = fasta(
        tmp_path / "x.fa", {name: text.lower() for name, text in rows.select("sample_id", "sequence").iter_rows()}
    )
    (tmp_path / "x.fa.gz").write_bytes(gzip.compress(path.read_bytes()))
    expected = predictions.read(own / "p.parquet").select("sample_id", "probability")
    for source in (path, tmp_path / "x.fa.gz"):
        found = scores(step, source, own)
        assert found["id"].to_list() == rows["sample_id"].to_list()
        both = found.join(expected, left_on="id", right_on="sample_id")
        assert (both["probability"] - both["probability_right"]).abs().max() < 1e-6


def test_ragged_records__in_order_and_the_same_in_batches_of_1_and_64(step, own, tmp_path):
    texts = {f"r{at}": text[: 15 + at * 7 % 60] for at, text in enumerate(random_sequences(90, 75))}
    path = fasta(tmp_path / "x.fa", texts)
    one, many = scores(step, path, own, "--batch", 1), scores(step, path, own, "--batch", 64)
    assert one["id"].to_list() == list(texts) == many["id"].to_list()
    assert (one["probability"] - many["probability"]).abs().max() < 1e-6
    assert one["probability"].n_unique() > 80


def test_fasta_in_blocks__no_record_lost_or_torn(tmp_path):
    texts = {f"r{at}": text for at, text in enumerate(random_sequences(50, 40))}
    found = list(fasta_scores.blocks(fasta(tmp_path / "x.fa", texts), size=100))
    assert len(found) > 10
    assert {name: text for block in found for name, text in zip(*block, strict=True)} == texts


@pytest.mark.parametrize(
    ("records", "given", "words"),
    [
        ({"good": "ACGT" * 9, "bad": "ACGTEACGT" * 4}, (), ("x.fa, bad", "'E' at base 5")),
        ({"good": "ACGT" * 9, "blank": "nnnn" * 9}, (), ("x.fa, blank", "nothing but N")),
        ({"long": "ACGT" * 30}, ("--truncation", "error"), ("x.fa, long", "120 bases", "80")),
        ({"long": "ACGT" * 30}, (), ("x.fa, long", "no TSS is known", "--tss-index")),
        ({"good": "ACGT" * 9}, ("--batch", 0), ("--batch 0", "1 at least")),
        ({"good": "ACGT" * 9}, ("--tss-index", -1), ("--tss-index -1",)),
        ({"good": "ACGT" * 9}, ("--require-gpu",), ("--require-gpu",)),
    ],
)
def test_records_or_options_that_cannot_be__refused_by_name(step, refused, own, tmp_path, records, given, words):
    path = fasta(tmp_path / "x.fa", records)
    result = step("predict", "--fasta", path, "--model-dir", own / "model", "--out", tmp_path / "x.tsv", *given)
    refused(result, *words, nothing_in=tmp_path, but=("x.fa",))


def test_cut_at_the_tss__told_how_much_was_seen(step, own, tmp_path):
    path = fasta(tmp_path / "x.fa", {"long": "ACGT" * 30, "short": "ACGT" * 10})
    out = tmp_path / "x.tsv"
    result = step("predict", "--fasta", path, "--model-dir", own / "model", "--out", out, "--tss-index", 100)
    assert result.exit_code == 0, result.output
    assert result.stderr.endswith("2 sequences, 1 cut; 75.0% of all bases were seen\n")


@pytest.mark.parametrize("kind", ["network", "logistic_regression"])
def test_codes_and_other_lengths_than_in_training__read_and_counted(step, own, trained, tmp_path, kind):
    folder, data = (own, own / "d.parquet") if kind == "network" else (trained(kind), trained.data)
    train = dataset.read(data).filter(pl.col("fold") == "train")["sequence"]
    least, most = train.str.len_bytes().min(), train.str.len_bytes().max()
    text = ("ACGT" * most)[:most]
    path = fasta(tmp_path / "x.fa", {"a": text, "b": text[:least], "c": text[: least - 1], "d": "RYN" + text[4:] + "k"})
    given = ("--fasta", path, "--model-dir", folder / "model", "--out", tmp_path / "x.tsv")
    result = step("predict", *given)
    assert result.exit_code == 0, result.output
    windows = f"{least} bases" if least == most else f"{least} to {most} bases"
    assert result.stderr.splitlines()[-3:-1] == [
        "note: 3 IUPAC ambiguity codes in 1 sequences are read as N",
        f"note: of 4 sequences, 1 shorter than the model's training windows ({windows}); "
        "their probabilities are less reliable",
    ]
    path.write_text(f">a\n{text}\n>b\n{text[:least]}\n>c\n{text[: least - 1]}\n>d\nNNN{text[4:]}N\n")
    assert scores(step, path, folder).rows() == pl.read_csv(tmp_path / "x.tsv", separator="\t").rows()


def test_no_gpu_where_one_was_asked_for__said_and_computed_on_the_cpu(step, own, tmp_path, monkeypatch):
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    path = fasta(tmp_path / "x.fa", {"good": "ACGT" * 9})
    given = ("--fasta", path, "--model-dir", own / "model", "--out", tmp_path / "x.tsv", "--device", "cuda")
    result = step("predict", *given)
    assert result.exit_code == 0, result.output
    assert "computing on the CPU" in result.stderr.splitlines()[0]


@pytest.mark.parametrize("name", ["logistic_regression", "position_ladder"])
def test_logistic_regression__the_probabilities_that_train_baseline_gave_and_foreign_letters_by_place(
    step, refused, trained, tmp_path, name
):
    folder, rows = trained(name), dataset.read(trained.data)
    path = fasta(tmp_path / "x.fa", dict(rows.select("sample_id", "sequence").iter_rows()))
    model = ("--model-dir", folder / "model", "--out", tmp_path / "x.tsv")
    result = step("predict", "--fasta", path, *model)
    assert result.exit_code == 0, result.output
    assert result.stderr.endswith(f"{rows.height} sequences, 0 cut; 100.0% of all bases were seen\n")
    found = pl.read_csv(tmp_path / "x.tsv", separator="\t")
    expected = predictions.read(folder / "p.parquet").filter(model="logistic_regression")
    both = found.join(expected, left_on="id", right_on="sample_id")
    assert both.height == rows.height
    assert (both["probability"] - both["probability_right"]).abs().max() < 1e-12
    (tmp_path / "x.tsv").unlink()
    path = fasta(path, {"good": "ACGT" * 9, "bad": "ACGTEACGT" * 4})
    refused(step("predict", "--fasta", path, *model), "x.fa, bad: 'E' at base 5", nothing_in=tmp_path, but=("x.fa",))


def test_folder_of_something_else__refused(step, refused, tmp_path):
    path = fasta(tmp_path / "x.fa", {"good": "ACGT" * 9})
    (tmp_path / "model").mkdir()
    result = step("predict", "--fasta", path, "--model-dir", tmp_path / "model", "--out", tmp_path / "x.tsv")
    refused(result, "no finetuned.json in it", nothing_in=tmp_path, but=("x.fa", "model"))
    (tmp_path / "model" / "finetuned.json").write_text("{")
    result = step("predict", "--fasta", path, "--model-dir", tmp_path / "model", "--out", tmp_path / "x.tsv")
    refused(result, "finetuned.json: damaged", nothing_in=tmp_path, but=("x.fa", "model"))
