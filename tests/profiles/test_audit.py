"""Every check of the audit on scores that are known to be good or to be nonsense."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import helpers_importance as made
from lncprom.errors import InputError
from lncprom.profiles import audit, checks, means, score_matrix
from lncprom.profiles.score_matrix import Scored
from lncprom.tables.attribution import DELETION

SETTINGS = means.Settings(bootstrap=200)
N, WIDTH = 30, 120
POSITION = np.arange(-100, 20)


def planted(seed: int = 0, noise: int = 0, fixed: bool = False) -> np.ndarray:
    """A peak of six bases, in each promoter elsewhere (or in all at one place), over noise of its own."""
    where = np.random.default_rng(seed).integers(0, WIDTH - 6, N)
    rows = np.abs(np.random.default_rng(1000 + noise).normal(0, 0.05, (N, WIDTH)))
    for row, at in enumerate(where):
        at = 70 if fixed else at
        rows[row, at : at + 6] += 2
    return rows


def flat(seed: int) -> np.ndarray:
    return np.abs(np.random.default_rng(seed).normal(0, 1, (N, WIDTH)))


def scored(scores: dict[tuple[str, str], dict[int, np.ndarray]]) -> Scored:
    label = [0, 1] * (N // 2)
    samples = pl.DataFrame({"sample_id": [f"s{at:02d}" for at in range(N)], "label": label})
    samples = samples.with_columns(pl.col("sample_id").alias("group"), pl.lit(100).alias("tss_index"))
    return Scored(samples, POSITION, True, scores)


def curves(*seeds: tuple[float, float]) -> pl.DataFrame:
    """Deletion of 20 bases: difference and half the width of its interval, a seed each."""
    rows = []
    for seed, (value, half) in enumerate(seeds):
        for bases in (5, 20, 80):
            at = value * bases / 20
            row = (made.NAME, made.MODEL, seed, "", "attention", "deletion", bases, 9, at + 1, 1.0, 1.0, 1.0)
            rows.append((*row, at - half, at + half))
    return DELETION.frame(rows)


def test_control_with_the_same_profile__fails_and_says_that_positions_are_no_finding():
    same, ramp = planted(fixed=True), np.linspace(0.1, 1, WIDTH)[None] + 0.001 * flat(1)
    found = scored({("", "attention"): {1: ramp}, ("random_init", "attention"): {1: ramp + 0.001 * flat(2)}})
    check = checks.control(found, "attention", "random_init")
    assert (check.verdict, check.value > 0.9) == ("fail", True)
    assert "no finding" in check.sentence
    found = scored({("", "attention"): {1: same}, ("random_init", "attention"): {1: flat(3)}})
    assert checks.control(found, "attention", "random_init").verdict == "pass"
    check = checks.control(found, "attention", "shuffled_labels")
    assert check.verdict == "not run"
    assert "no scores of the same model trained on shuffled labels" in check.sentence


def test_one_profile_in_all_promoters__tells_of_positions_only():
    fixed = checks.other_sequences(scored({("", "ism"): {1: planted(fixed=True)}}), "ism", SETTINGS)
    assert (fixed.verdict, fixed.value > 0.9) == ("fail", True)
    own = checks.other_sequences(scored({("", "ism"): {1: planted()}}), "ism", SETTINGS)
    assert (own.verdict, own.value < 0.3) == ("pass", True)
    assert own.ci_low < own.value < own.ci_high


@pytest.mark.parametrize(
    ("seeds", "verdict", "words"),
    [
        ([(4.0, 1.0)], "pass", "the model uses these bases"),
        ([(0.2, 0.5)], "fail", "do not call these bases important"),
        ([(4.0, 1.0), (0.2, 0.5), (3.0, 1.0)], "fail", "in 1 of 3 seeds"),
        ([(-2.0, 0.5)], "fail", "do not call these bases important"),
    ],
)
def test_deletion__above_random_in_every_seed_or_not_important(seeds, verdict, words):
    check = checks.curve(curves(*seeds), "attention", "deletion")
    assert check.verdict == verdict
    assert words in check.sentence
    assert "20 highest-scoring" in check.sentence
    assert checks.curve(curves(*seeds), "attention", "insertion").verdict == "not run"
    assert checks.curve(curves(*seeds), "rollout", "deletion").verdict == "not run"


def test_agreement__of_two_that_mark_the_same_bases_of_each_promoter():
    good = flat(0)
    found = scored({("", "attention"): {1: good}, ("", "occlusion"): {1: -(good**2)}, ("", "ism"): {1: flat(9)}})
    check = checks.agreement(found, "attention", "occlusion", SETTINGS)
    assert (check.verdict, check.value) == ("pass", pytest.approx(1))
    assert checks.agreement(found, "ism", "occlusion", SETTINGS).verdict == "fail"
    assert checks.agreement(found, "occlusion", "occlusion", SETTINGS).verdict == "not run"
    assert checks.agreement(found, "attention", "integrated_gradients", SETTINGS).verdict == "not run"


def test_agreement_by_position_alone__does_not_count():
    ramp = np.linspace(1, 2, WIDTH)[None]
    found = scored({("", "attention"): {1: ramp + 0.3 * flat(1)}, ("", "occlusion"): {1: ramp + 0.3 * flat(2)}})
    check = checks.agreement(found, "attention", "occlusion", SETTINGS)
    assert check.value > checks.ALIKE_LIMIT
    assert check.verdict == "fail"
    assert "no better than by position alone" in check.sentence
    check = checks.agreement(found, "attention", "occlusion", SETTINGS._replace(bootstrap=0))
    assert check.verdict == "not run"
    assert "no interval" in check.sentence


def test_seeds__alike_or_not_and_one_alone_is_not_judged():
    like, unlike = {1: planted(noise=1), 2: planted(noise=1) + 0.001 * flat(4)}, {1: flat(1), 2: flat(2)}
    for by_seed, verdict in ((like, "pass"), (unlike, "fail"), ({1: planted()}, "not run")):
        found = checks.seeds(scored({("", "ism"): by_seed}), "ism", SETTINGS)
        assert [check.verdict for check in found] == [verdict] * 2
    assert found[0].sentence == "Not run: one seed."


def test_heads__that_look_away_from_where_their_mean_looks():
    found = scored({("", "attention"): {1: flat(0)}, ("", "attention_all"): {1: flat(1)}})
    table = made.heads()
    last = checks.heads(found, table, "attention", SETTINGS)
    # 80 of 120 bases are two thirds of the length: heads 0.9 and 0.85 lie above, 0.1 below, so does their mean
    assert (last.verdict, last.value) == ("fail", pytest.approx(1 / 3))
    assert "1 of 3 heads of the last layer" in last.sentence
    layers = checks.heads(found, table, "attention_all", SETTINGS)
    assert "layers lean" in layers.sentence
    assert checks.heads(found, table, "occlusion", SETTINGS).verdict == "not run"
    assert checks.heads(found, table.clear(), "attention", SETTINGS).verdict == "not run"
    assert checks.heads(found, table, "attention", SETTINGS._replace(region=50)).verdict == "not run"


ALL = ["deletion", "insertion", "agreement_occlusion", "agreement_integrated_gradients", "heads"]
ALL += ["seeds_profile", "seeds_samples", "other_sequences", "random_init", "shuffled_labels"]


@pytest.mark.parametrize(
    ("odd", "bases", "positions", "overall"),
    [
        ({}, "pass", "pass", "pass"),
        ({"deletion": "fail"}, "fail", "fail", "fail"),
        ({"deletion": "not run"}, "not run", "not run", "not run"),
        ({"insertion": "fail"}, "reserve", "pass", "reserve"),
        ({"agreement_occlusion": "fail"}, "reserve", "pass", "reserve"),
        ({"seeds_samples": "fail"}, "reserve", "pass", "reserve"),
        ({"seeds_profile": "fail"}, "pass", "reserve", "reserve"),
        ({"other_sequences": "fail"}, "pass", "reserve", "reserve"),
        ({"random_init": "fail"}, "pass", "fail", "fail"),
        ({"shuffled_labels": "fail", "random_init": "not run"}, "pass", "fail", "fail"),
        ({"shuffled_labels": "not run"}, "pass", "pass", "pass"),
        ({"shuffled_labels": "not run", "random_init": "not run"}, "pass", "not run", "not run"),
        ({"insertion": "not run", "heads": "not run"}, "pass", "pass", "pass"),
    ],
)
def test_verdicts__deletion_decides_on_bases_and_controls_on_positions(odd, bases, positions, overall):
    found = [checks.not_run(name, "x")._replace(verdict=odd.get(name, "pass")) for name in ALL]
    one, two = audit.of_bases(found), audit.of_positions(found)
    assert (one.verdict, two.verdict, audit.overall(one, two).verdict) == (bases, positions, overall)
    if odd.get("deletion"):
        assert "important to this model" not in one.sentence
    if (bases, positions) == ("pass", "fail"):
        told = audit.overall(one, two).sentence
        assert told == "Believe the bases that it marks in a promoter, not the profile over positions."


def test_table__each_method_has_every_check_and_ends_with_its_verdicts():
    found = scored({("", "attention"): {1: planted()}, ("", "ism"): {1: planted()}})
    table = audit.table(found, curves((4.0, 1.0)), made.heads().clear(), SETTINGS)
    for method in ("attention", "ism"):
        part = table.filter(pl.col("method") == method)
        assert part["check"].to_list() == [*ALL, "bases", "positions", "overall"]
        assert part["sentence"].str.ends_with(".").all()
    assert table.filter(pl.col("method") == "ism")["verdict"].to_list()[-1] == "not run"


def test_curves_of_another_model__refused(tmp_path):
    path = tmp_path / "c.tsv"
    curves((1.0, 0.1)).write_csv(path, separator="\t")
    with pytest.raises(InputError, match=r"c.tsv: of the model dnabert_6, not cnn"):
        score_matrix.read_text([path], DELETION, made.NAME, "cnn")
    again = tmp_path / "d.tsv"
    again.write_text(path.read_text())
    with pytest.raises(InputError, match=r"d.tsv: seed 0 method attention kind deletion bases 80 is given twice"):
        score_matrix.read_text([path, again], DELETION, made.NAME, made.MODEL)
    path.write_text("dataset\tmodel\n1\t2\n")
    with pytest.raises(InputError, match=r"c.tsv: no column seed"):
        score_matrix.read_text([path], DELETION, made.NAME, made.MODEL)
