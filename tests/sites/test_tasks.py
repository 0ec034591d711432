"""The registry of tasks."""

import json

import pytest

from lncprom.errors import InputError
from lncprom.sites import tasks

CODING, LNCRNA = (("biotype", ("protein_coding",)),), (("biotype", ("lncRNA",)),)


def test_the_registry__has_the_studys_four_tasks():
    found = tasks.registry()
    assert [(task.number, name) for name, task in found.items()] == [
        (1, "biological_vs_artificial"),
        (2, "promoter_vs_nonpromoter"),
        (3, "high_vs_low_expression"),
        (4, "coding_vs_lncrna"),
    ]
    assert found["biological_vs_artificial"].positives == found["promoter_vs_nonpromoter"].positives
    assert found["promoter_vs_nonpromoter"].negatives == tasks.Pool("made")
    assert found["coding_vs_lncrna"].positives == tasks.Pool("genes", CODING)
    assert found["coding_vs_lncrna"].negatives == tasks.Pool("genes", LNCRNA)
    assert found["high_vs_low_expression"].negatives == tasks.Pool("genes", (("expression", ("low",)),))


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
    with pytest.raises(InputError, match=r"--task coding_vs_lncRNAs: no such task. Did you mean coding_vs_lncrna\?"):
        tasks.get("coding_vs_lncRNAs")
