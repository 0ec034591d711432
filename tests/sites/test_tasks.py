"""The registry of tasks."""

import json
from fractions import Fraction

import polars as pl
import pytest

from lncprom.errors import InputError
from lncprom.sites import tasks

CODING, LNCRNA = (tasks.Condition("biotype", "one of", (kind,)) for kind in ("protein_coding", "lncRNA"))


def test_the_registry__has_the_studys_four_tasks_four_within_a_biotype_and_a_regression():
    found = tasks.registry()
    assert {name: task.number for name, task in found.items()} == {
        "biological_vs_artificial": 1,
        "promoter_vs_nonpromoter": 2,
        "high_vs_low_expression": 3,
        "coding_vs_lncrna": 4,
        "lncrna_expressed_vs_silent": None,
        "lncrna_high_vs_low": None,
        "lncrna_broad_vs_specific": None,
        "coding_high_vs_low": None,
        "expression_level": None,
    }
    assert found["biological_vs_artificial"].positives == found["promoter_vs_nonpromoter"].positives
    assert found["promoter_vs_nonpromoter"].negatives == tasks.Pool("made")
    assert found["coding_vs_lncrna"].positives == tasks.Pool("genes", (CODING,))
    assert found["coding_vs_lncrna"].negatives == tasks.Pool("genes", (LNCRNA,))
    within = [name for name, task in found.items() if task.positives.where[:1] == task.negatives.where[:1] == (LNCRNA,)]
    assert within == [name for name in found if name.startswith("lncrna_")]
    assert str(found["lncrna_high_vs_low"].positives) == "genes with biotype lncRNA and mean_log_tpm top 1/3"


@pytest.mark.parametrize(
    ("rule", "value", "met"),
    [
        ("at_least", 2, [False, False, True, True, True, True]),
        ("below", 2, [True, True, False, False, False, False]),
        ("bottom", Fraction(1, 3), [True, True, False, False, False, False]),
        ("top", Fraction(1, 3), [False, False, False, False, True, True]),
        ("top", Fraction(1, 2), [False, False, False, False, True, True]),  # equal ones are at 1/2: on no side
        ("bottom", Fraction(1, 2), [True, True, False, False, False, False]),
    ],
)
def test_a_condition_on_a_number__equal_genes_are_never_divided(rule, value, met):
    genes = pl.DataFrame({"breadth": [0, 1, 2, 2, 3, 4]})
    assert tasks.Condition("breadth", rule, (value,)).met(genes).to_list() == met


def test_a_fifth_task__is_one_entry(tmp_path, monkeypatch):
    both = {"biotype": "lncRNA", "expression": ["high", "low"]}
    entry = {"number": 5, "positives": {"from": "genes", "where": both}, "negatives": {"made": "genomic"}}
    registry = json.loads(tasks.REGISTRY.read_text()) | {"expressed_lncrna": entry}
    (tmp_path / "tasks.json").write_text(json.dumps(registry))
    monkeypatch.setattr(tasks, "REGISTRY", tmp_path / "tasks.json")
    tasks.registry.cache_clear()
    try:
        task = tasks.get("expressed_lncrna")
    finally:
        tasks.registry.cache_clear()
    assert str(task.positives) == "genes with biotype lncRNA and expression high or low"
    assert not task.of_promoters


def test_a_mistyped_task__is_refused_with_the_nearest():
    with pytest.raises(InputError, match=r"--task coding_vs_lncRNAs: no such task. Did you mean coding_vs_lncrna or "):
        tasks.get("coding_vs_lncRNAs")
