import numpy as np
import polars as pl

from helpers_baseline import MOTIF, planted
from lncprom.baseline import train
from lncprom.tables import predictions


def trained(rows, **settings):
    quick = {"kmer_min": 3, "kmer_max": 6, "c_grid": (0.1, 1, 10)} | settings
    return train.train(rows, "planted", "d.parquet", train.Settings(**quick), lambda line: None)


def test_planted_motif__found_in_all_folds_with_the_least_log_loss_on_dev():
    rows = planted()
    done = trained(rows)
    losses = {entry["c"]: entry["dev_log_loss"] for entry in done.counts["tried"]}
    assert list(losses) == [0.1, 1, 10]
    assert losses[done.model.c] == min(losses.values())
    own = done.predictions.filter(pl.col("model") == "logistic_regression")
    assert predictions.check(done.predictions, "test").equals(done.predictions)
    assert own["sample_id"].to_list() == rows["sample_id"].to_list()
    assert own.select("label", "fold").equals(rows.select("label", "fold"))
    assert ((own["probability"] >= 0.5) == (own["label"] == 1)).mean() > 0.9
    assert done.counts["fold_by_label"]["dev"] == {"0": 12, "1": 12}
    strongest = done.model.feature_set.names[int(np.argmax(done.model.weights))]
    assert strongest in MOTIF


def test_equal_log_loss__the_smaller_c():
    """Dev sequences of N only hold no known k-mer, and where no k-mer tells the classes apart no weight grows."""
    sequences = ["N" * 20 if at // 2 % 10 == 8 else "ACGT" * 5 for at in range(240)]
    done = trained(planted(sequence=sequences), c_grid=(10, 0.5, 2))
    assert len({entry["dev_log_loss"] for entry in done.counts["tried"]}) == 1
    assert done.model.c == 0.5


def test_test_fold_and_labels_outside_train__change_nothing_that_is_learned():
    rows = planted()
    other = rows.with_columns(
        pl.when(pl.col("fold") == "test").then(1 - pl.col("label")).otherwise(pl.col("label")).alias("label")
    )
    assert np.array_equal(trained(rows).model.weights, trained(other).model.weights)


def test_models__trivial_baselines_where_they_apply_and_the_reason_where_not():
    always = ["dinucleotide", "gc_cpg", "logistic_regression", "majority", "position"]
    assert trained(planted()).counts["models"] == always
    assert "biotype: left out, samples have none" in trained(planted()).notes
    kinds = ["protein_coding", "protein_coding", "lncRNA", "lncRNA", "lncRNA", "protein_coding"] * 40
    assert trained(planted(biotype=kinds)).counts["models"] == ["biotype", *always]
    assert trained(planted(), baselines=("none",), model="lr_5").counts["models"] == ["lr_5"]
    assert trained(planted(), baselines=("position", "gc_cpg"), model="lr").counts["models"] == [
        "gc_cpg",
        "lr",
        "position",
    ]


def test_position_ladder__its_width_and_c_have_the_least_log_loss_on_dev():
    done = trained(planted(), features="position_ladder", c_grid=None, baselines=("none",))
    tried = {(entry["width"], entry["c"]): entry["dev_log_loss"] for entry in done.counts["tried"]}
    assert list(tried) == [(width, c) for width in (15, 60, None) for c in (0.003, 0.01, 0.03)]
    assert tried[done.counts["width"], done.counts["c"]] == min(tried.values())


def test_position_ladder_on_windows_of_several_lengths__trained_from_the_last_base_and_said():
    sequences = [text[at % 7 :] for at, text in enumerate(planted()["sequence"])]
    done = trained(planted(sequence=sequences), features="position_ladder", c_grid=(0.1,))
    assert "logistic_regression: windows differ in length, so positions count from the last base" in done.notes
    own = done.predictions.filter(pl.col("model") == "logistic_regression")
    assert ((own["probability"] >= 0.5) == (own["label"] == 1)).mean() > 0.9


def test_dev_of_one_class__c_still_chosen_and_said():
    rows = planted().filter((pl.col("fold") != "dev") | (pl.col("label") == 1))
    assert "dev has class 1 only, so c was chosen on one class" in trained(rows).notes


def test_no_test_fold__trained_all_the_same_and_said():
    assert "no sample in test" in trained(planted().filter(pl.col("fold") != "test")).notes
