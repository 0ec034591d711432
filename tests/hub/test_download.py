"""download_checkpoint against a hub on loopback: what is brought, how little is asked, and what never again."""

from __future__ import annotations

import csv
import json
import re
import shutil
from pathlib import Path

import huggingface_hub
import pytest
import torch
from huggingface_hub import constants
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from transformers import BertModel

import tiny_checkpoints
from helpers_hub import COMMIT, MODEL, OLDER, call, folder_content, sha256
from lncprom.hub import cache
from lncprom.inference import known_answers
from lncprom.models import base, checkpoint_folder

FAMILIES = {
    "dnabert": "vocab.txt",
    "dnabert2": "tokenizer.json",
    "nucleotide_transformer": "vocab.txt",
    "huggingface": "tokenizer.json",
    "hyenadna": None,  # no file has it
}


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("family", FAMILIES)
def test_checkpoint_of_a_hub__config_vocabulary_and_weights_alone_and_the_family_loads_them(
    family, tmp_path, hub, bring
):
    content = folder_content(tiny_checkpoints.write(tmp_path / "published", family))
    hub.add(content)
    made, _ = bring(family=family)
    wanted = sorted(filter(None, ["config.json", FAMILIES[family], "model.safetensors"]))
    assert names(made.out) == names(made.kept) == sorted([*wanted, "lncprom-snapshot.json"])
    assert all((made.out / name).read_bytes() == content[name] for name in wanted)
    record = json.loads((made.out / "lncprom-snapshot.json").read_text())
    assert record["files"] == {name: {"bytes": len(content[name]), "sha256": sha256(content[name])} for name in wanted}
    assert (record["checkpoint"], record["revision"], record["licence"]) == (MODEL, COMMIT, "cc-by-nc-sa-4.0")
    card = json.loads(made.card.read_text())
    assert card["inputs"]["config.json"] == {"file": "config.json"} | record["files"]["config.json"]
    assert card["parameters"] == {"checkpoint": MODEL, "revision": COMMIT, "family": family}
    assert base.load(family, made.out, seed=0).name == family
    assert not any(name in path for path in hub.paths() for name in ("README", ".py", "tf_model", "training_args"))


def test_families_json__the_vocabulary_that_each_family_reads():
    assert cache.VOCABULARIES == FAMILIES
    assert {name: base.family_class(name).VOCABULARY for name in FAMILIES} == FAMILIES
    assert cache.WEIGHTS == checkpoint_folder._WEIGHTS


def test_second_run_after_the_hub_is_gone__the_same_bytes_and_nothing_asked(hub, bring):
    first, said = bring()
    assert "model.safetensors from the hub" in said
    asked = len(hub.asked)
    second, said = bring(name="again")
    assert "3 files with the recorded digests" in said
    assert len(hub.asked) == asked
    hub.stop()
    third, _ = bring("--offline", name="offline")
    for other in (second, third):
        assert other.card.read_bytes() == first.card.read_bytes()
        assert contents(other.out) == contents(first.out)


def test_hub_offline_in_the_environment__lifted_for_the_download_and_in_force_again_after_it(hub, bring, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    bring()
    assert constants.is_offline_mode()
    with pytest.raises(huggingface_hub.errors.OfflineModeIsEnabled):
        huggingface_hub.HfApi(endpoint=hub.url).model_info(MODEL)


@pytest.mark.parametrize("parts", [False, True])
@pytest.mark.parametrize("kind", ["safetensors", "bin"])
def test_weights_in_any_published_form__all_their_files(kind, parts, tmp_path, hub, bring):
    published = tiny_checkpoints.dnabert(tmp_path / "published")
    tensors = load_file(published / "model.safetensors")
    (published / "model.safetensors").unlink()
    stem = {"safetensors": "model", "bin": "pytorch_model"}[kind]
    files = [f"{stem}-0000{number}-of-00002.{kind}" for number in (1, 2)] if parts else [f"{stem}.{kind}"]
    index = {name: files[number % len(files)] for number, name in enumerate(sorted(tensors))}
    for file in files:
        held = {name: tensor for name, tensor in tensors.items() if index[name] == file}
        save_file(held, published / file) if kind == "safetensors" else torch.save(held, published / file)
    if parts:
        files.append(f"{stem}.{kind}.index.json")
        (published / files[-1]).write_text(json.dumps({"metadata": {}, "weight_map": index}))
    hub.add(folder_content(published))
    made, _ = bring()
    assert names(made.out) == sorted([*files, "config.json", "vocab.txt", "lncprom-snapshot.json"])
    weights = base.load("dnabert", made.out, seed=0).module.state_dict()
    assert all(torch.equal(weight, tensors[name]) for name, weight in weights.items() if "classifier" not in name)
    assert json.loads(made.card.read_text())["counts"]["files"] == 2 + len(files)


def test_an_older_commit__its_own_bytes_in_a_folder_of_its_own(tmp_path, hub, bring):
    hub.add(old := folder_content(tiny_checkpoints.dnabert(tmp_path / "old", seed=2)), commit=OLDER)
    bring()
    made, _ = bring(revision=OLDER.upper(), name="older")
    assert (made.out / "model.safetensors").read_bytes() == old["model.safetensors"]
    assert names(made.kept.parent) == sorted([COMMIT, OLDER])


def test_branch_main__its_commit_is_recorded_and_logged(hub, bring):
    made, said = bring(revision="main")
    assert f"at main: commit {COMMIT}" in said
    card = json.loads(made.card.read_text())
    assert card["parameters"]["revision"] == COMMIT
    assert card["notes"][0] == f"revision main is commit {COMMIT} today; give the commit to keep it"
    asked = len(hub.paths("GET"))
    bring(revision="main", name="again")
    assert hub.paths("GET")[asked:] == [f"/api/models/{MODEL}/revision/main"]


def test_no_out_dir_and_the_endpoint_in_the_environment__the_cache_is_filled(tmp_path, hub, step, monkeypatch):
    made = call(hub, tmp_path)
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    given = made.arguments[: made.arguments.index("--endpoint")]
    assert step("download_checkpoint", *given, "--cache", made.cache).exit_code == 0
    assert "model.safetensors" in names(made.kept)


def test_cache_of_an_earlier_version__used_without_a_network(root, tmp_path, hub, bring):
    hub.stop()
    shutil.copytree(root / "tests" / "data" / "checkpoints", tmp_path / "cache")
    made, said = bring("--offline")
    assert f"in {tmp_path / 'cache' / 'lab--promoter-bert' / COMMIT}, 3 files with the recorded digests" in said
    assert base.load("dnabert", made.out, seed=0).name == "dnabert"


def test_token_in_the_environment__sent_to_the_hub_and_not_to_where_it_sends_on(hub, bring, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    hub.gated.add(MODEL)
    hub.tokens.add("Bearer hf_secret")
    made, said = bring()
    sent = [(path.startswith("/content/"), headers.get("authorization")) for _, path, headers in hub.asked]
    assert set(sent) == {(True, None), (False, "Bearer hf_secret")}
    assert "hf_secret" not in said + made.card.read_text()


def test_a_second_family_of_the_same_commit__only_its_vocabulary_is_fetched(published, hub, bring):
    hub.add(published | {"tokenizer.json": b"{}"})
    first, _ = bring()
    _, said = bring(family="dnabert2", name="second")
    assert f"{MODEL} at {COMMIT}: tokenizer.json from the hub" in said
    again, _ = bring("--offline", name="again")
    assert again.card.read_bytes() == first.card.read_bytes()
    assert names(again.out) == names(first.out)


def test_a_tokenizer_json_in_place_of_vocab_txt__fetched_loaded_and_found_again_offline(published, hub, bring):
    words = published["vocab.txt"].decode().split()
    tokenizer = Tokenizer(WordLevel({word: at for at, word in enumerate(words)}, unk_token="[UNK]"))
    others = {name: content for name, content in published.items() if name != "vocab.txt"}
    hub.add(others | {"tokenizer.json": tokenizer.to_str().encode()})
    for options in ((), ("--offline",)):
        made, _ = bring(*options, name=f"made{len(options)}")
        assert names(made.out) == sorted(
            ["config.json", "lncprom-snapshot.json", "model.safetensors", "tokenizer.json"]
        )
        assert base.load("dnabert", made.out, seed=0).name == "dnabert"


@pytest.fixture
def answers(tmp_path_factory, published):
    """Write a file of known answers: of the tiny checkpoint, as transformers' own BERT gives them, and changed."""
    folder = tmp_path_factory.mktemp("published")
    for name in ("config.json", "model.safetensors", "vocab.txt"):
        (folder / name).write_bytes(published[name])
    ids = [2, 5, 7, 16, 3]
    with torch.inference_mode():
        hidden = BertModel.from_pretrained(folder)(torch.tensor([ids])).last_hidden_state[0]
    answer = {"checkpoint": MODEL, "revision": COMMIT, "sequence": "AAACG", "ids": ids}

    def write(pooling="mean", **changed):
        values = (hidden.mean(dim=0) if pooling == "mean" else hidden[0])[:4].tolist()
        path = folder / "answers.json"
        path.write_text(json.dumps([answer | {"pooling": pooling, "values": values} | changed]))
        return path

    return write


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_known_answer__the_checkpoint_gives_it_and_the_card_says_so(pooling, answers, bring):
    made, said = bring("--answers", str(answers(pooling)))
    (note,) = (note for note in json.loads(made.card.read_text())["notes"] if "self-check" in note)
    assert note.startswith("self-check: the embedding of AAACG equals the authors' to ")
    assert note in said


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"values": [0.5, 0.5, 0.5, 0.5]}, "the authors' code gives 0.5000 0.5000 0.5000 0.5000"),
        ({"ids": [2, 5, 7, 17, 3]}, "the tokens of AAACG are [2, 5, 7, 16, 3], the authors' code gives"),
    ],
)
def test_another_result_than_the_known_one__refused_and_nothing_delivered(changed, words, answers, refuse):
    refuse(f"{MODEL} at {COMMIT}: self-check failed", words, more=("--answers", str(answers(**changed))))


def test_known_answers__of_the_commits_in_the_sheets():
    known = {answer["checkpoint"]: answer["revision"] for answer in json.loads(known_answers.FILE.read_text())}
    sheets = (Path(__file__).parents[2] / "assets").glob("models*.csv")
    rows = [
        row
        for sheet in sheets
        for row in csv.DictReader(sheet.read_text().splitlines())
        if row.get("checkpoint") in known
    ]
    assert len(rows) > 2
    assert all(known[row["checkpoint"]] == row["revision"] for row in rows)


def test_check_published__a_line_for_each_checkpoint_of_a_sheet(hub, tmp_path, step):
    sheet = tmp_path / "models.csv"
    rows = ["name,family,checkpoint,revision,options", "lr,logistic_regression,,,"]
    rows += [f"a,dnabert,{MODEL},{COMMIT},max_tokens=64", f"b,nucleotide_transformer,{MODEL},{OLDER},"]
    sheet.write_text("\n".join(rows) + "\n")
    command = ["--models", str(sheet), "--cache", str(tmp_path / "cache"), "--endpoint", hub.url]
    result = step("check_published", *command)
    assert result.exit_code == 1
    first, second, last = result.stdout.splitlines()
    assert re.fullmatch(rf"{MODEL}: loads, 0\.0 million weights; self-check: no known answer .*", first)
    assert second.startswith(f"{MODEL}: FAILED: ")
    assert last == "2 checkpoints, 1 failed"
