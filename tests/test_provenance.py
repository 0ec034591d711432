"""Cards: what went in, what was left out, and the records of the steps before."""

from __future__ import annotations

import hashlib
import json

import pytest

from lncprom import provenance
from lncprom.errors import InputError


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "genes.gtf"
    path.write_text("a gene\n")
    return path


def test_a_chain_of_steps__each_record_once_and_in_order(tmp_path, table):
    provenance.write(provenance.make("first", inputs={"gtf": table}), tmp_path / "1.json")
    provenance.write(provenance.make("second", upstream=[tmp_path / "1.json"]), tmp_path / "2.json")
    provenance.write(provenance.make("other", upstream=[tmp_path / "1.json"]), tmp_path / "3.json")
    last = provenance.make("last", upstream=[tmp_path / "2.json", tmp_path / "3.json"])
    assert [record["step"] for record in last["upstream"]] == ["first", "second", "other"]
    assert all("upstream" not in record for record in last["upstream"])


def test_inputs__name_size_and_digest_and_none_where_not_given(table):
    card = provenance.make("step", inputs={"gtf": table, "promoters": None})
    assert list(card["inputs"]) == ["gtf"]
    digest = hashlib.sha256(b"a gene\n").hexdigest()
    assert card["inputs"]["gtf"] == {"file": "genes.gtf", "bytes": 7, "sha256": digest}


def test_a_file_that_a_step_before_vouches_for__keeps_that_digest(tmp_path, table):
    made = provenance.make("prepare") | {
        "outputs": {"genes.gtf": {"file": "source.gz", "bytes": 1, "sha256": "0" * 64}}
    }
    provenance.write(made, tmp_path / "up.json")
    card = provenance.make("step", inputs={"gtf": table}, upstream=[tmp_path / "up.json"])
    assert card["inputs"]["gtf"]["file"] == "source.gz"


def test_a_number_that_json_lacks__refused_before_anything_is_written(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        provenance.write(provenance.make("step", counts={"share": float("nan")}), tmp_path / "card.json")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "fault"), [("{", "not a card"), ("[1]", "not a card of lncprom"), ('{"a": 1}', "not a card of")]
)
def test_another_json__refused_by_name(tmp_path, text, fault):
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(InputError, match=rf"x\.json: .*{fault}"):
        provenance.read(tmp_path / "x.json")


@pytest.mark.parametrize("field", ["upstream", "outputs"])
@pytest.mark.parametrize("odd", [5, None, ["a"], {"a": 5}, [{"step": "a", "outputs": "g.fa"}]])
def test_a_card_with_odd_fields__refused_by_name(tmp_path, field, odd):
    (tmp_path / "x.json").write_text(json.dumps({"step": "x", field: odd}))
    with pytest.raises(InputError, match=r"^x\.json: the upstream or outputs of this card are damaged"):
        provenance.make("step", upstream=[tmp_path / "x.json"])


def test_losses__refused_above_the_share_and_not_at_it():
    provenance.refuse_losses(10, 100, 0.1, "genes lack a tissue", "Add it.")
    provenance.refuse_losses(0, 0, 0.0, "genes lack a tissue", "Add it.")
    with pytest.raises(InputError, match=r"^11 of 100 \(11\.0%\) genes lack a tissue \(limit 10%\)\. Add it\.$"):
        provenance.refuse_losses(11, 100, 0.1, "genes lack a tissue", "Add it.")


def test_versions__of_what_computes_the_numbers():
    assert {"python", "lncprom", "numpy", "polars", "scipy"} <= provenance.versions().keys()
    assert json.dumps(provenance.versions())
