"""download_checkpoint against a hub on loopback: what is brought, how little is asked, and what never again."""

from __future__ import annotations

import json
import shutil

import huggingface_hub
import pytest
from huggingface_hub import constants
from safetensors.torch import load_file, save_file

import tiny_checkpoints
from helpers_hub import COMMIT, MODEL, OLDER, Hub, call, folder_content, sha256
from lncprom.hub import cache
from lncprom.models import base, checkpoints

FAMILIES = {"dnabert": "vocab.txt", "dnabert2": "tokenizer.json", "nucleotide_transformer": "vocab.txt"}


@pytest.fixture
def hub():
    with Hub() as server:
        yield server


@pytest.fixture
def run(step, tmp_path, hub):
    """Call the step, which must succeed."""

    def go(*more, **how):
        made = call(hub, tmp_path, *more, **how)
        result = step("download_checkpoint", *made.arguments)
        assert result.exit_code == 0, result.output
        assert result.stdout == ""
        return made, result.stderr

    return go


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("family", FAMILIES)
def test_checkpoint_of_a_hub__config_vocabulary_and_weights_alone_and_the_family_loads_them(family, tmp_path, hub, run):
    content = folder_content(tiny_checkpoints.write(tmp_path / "published", family))
    hub.add(content)
    made, _ = run(family=family)
    wanted = ["config.json", FAMILIES[family], "model.safetensors"]
    assert names(made.out) == sorted([*wanted, "lncprom-snapshot.json"])
    assert names(made.kept) == names(made.out)
    assert all((made.out / name).read_bytes() == content[name] for name in wanted)
    record = json.loads((made.out / "lncprom-snapshot.json").read_text())
    assert record["files"] == {
        name: {"bytes": len(content[name]), "sha256": sha256(content[name])} for name in sorted(wanted)
    }
    assert (record["checkpoint"], record["revision"], record["licence"]) == (MODEL, COMMIT, "cc-by-nc-sa-4.0")
    card = json.loads(made.card.read_text())
    assert card["inputs"]["config.json"] == {"file": "config.json"} | record["files"]["config.json"]
    assert card["parameters"] == {"checkpoint": MODEL, "revision": COMMIT, "family": family}
    assert base.load(family, made.out, seed=0).name == family
    assert not any(name in path for path in hub.paths() for name in ("README", ".py", "tf_model", "training_args"))


def test_families_json__the_vocabulary_that_each_family_reads():
    assert cache.VOCABULARIES == FAMILIES
    assert {name: base.family_class(name).VOCABULARY for name in FAMILIES} == FAMILIES
    assert cache.WEIGHTS == checkpoints._WEIGHTS


def test_second_run_after_the_hub_is_gone__the_same_bytes_and_nothing_asked(tmp_path, hub, run):
    hub.add(folder_content(tiny_checkpoints.dnabert(tmp_path / "published")))
    first, told = run()
    assert "model.safetensors from the hub" in told
    asked = len(hub.asked)
    second, told = run(name="again")
    assert "3 files with the recorded digests" in told
    assert len(hub.asked) == asked
    hub.stop()
    third, _ = run("--offline", name="offline")
    for other in (second, third):
        assert other.card.read_bytes() == first.card.read_bytes()
        assert {path.name: path.read_bytes() for path in other.out.iterdir()} == {
            path.name: path.read_bytes() for path in first.out.iterdir()
        }


def test_hub_offline_in_the_environment__lifted_for_the_download_and_in_force_again_after_it(
    tmp_path, hub, run, monkeypatch
):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    hub.add(folder_content(tiny_checkpoints.dnabert(tmp_path / "published")))
    run()
    assert constants.is_offline_mode()
    with pytest.raises(huggingface_hub.errors.OfflineModeIsEnabled):
        huggingface_hub.HfApi(endpoint=hub.url).model_info(MODEL)


def test_weights_as_bin_only__that_file(tmp_path, hub, run):
    hub.add(folder_content(tiny_checkpoints.dnabert(tmp_path / "published", binary=True)))
    made, _ = run()
    assert "pytorch_model.bin" in names(made.out)
    assert base.load("dnabert", made.out, seed=0).name == "dnabert"


@pytest.mark.parametrize("kind", ["safetensors", "bin"])
def test_weights_in_parts__the_index_and_each_part_it_names(kind, tmp_path, hub, run):
    import torch

    published = tiny_checkpoints.dnabert(tmp_path / "published")
    tensors = load_file(published / "model.safetensors")
    (published / "model.safetensors").unlink()
    stem = {"safetensors": "model", "bin": "pytorch_model"}[kind]
    parts = [f"{stem}-0000{number}-of-00002.{kind}" for number in (1, 2)]
    half = {name: parts[number % 2] for number, name in enumerate(sorted(tensors))}
    for part in parts:
        held = {name: tensor for name, tensor in tensors.items() if half[name] == part}
        save_file(held, published / part) if kind == "safetensors" else torch.save(held, published / part)
    (published / f"{stem}.{kind}.index.json").write_text(json.dumps({"metadata": {}, "weight_map": half}))
    hub.add(folder_content(published))
    made, _ = run()
    assert {*parts, f"{stem}.{kind}.index.json"} < set(names(made.out))
    assert base.load("dnabert", made.out, seed=0).name == "dnabert"
    assert json.loads(made.card.read_text())["counts"]["files"] == 5


def test_an_older_commit__its_own_bytes_in_a_folder_of_its_own(tmp_path, hub, run):
    hub.add(folder_content(tiny_checkpoints.dnabert(tmp_path / "new", seed=1)))
    hub.add(old := folder_content(tiny_checkpoints.dnabert(tmp_path / "old", seed=2)), commit=OLDER)
    run()
    made, _ = run(revision=OLDER.upper(), name="older")
    assert (made.out / "model.safetensors").read_bytes() == old["model.safetensors"]
    assert names(made.kept.parent) == sorted([COMMIT, OLDER])


def test_branch_main__its_commit_is_recorded_and_logged(tmp_path, hub, run):
    hub.add(folder_content(tiny_checkpoints.dnabert(tmp_path / "published")))
    made, told = run(revision="main")
    assert f"at main: commit {COMMIT}" in told
    card = json.loads(made.card.read_text())
    assert card["parameters"]["revision"] == COMMIT
    assert card["notes"][0] == f"revision main is commit {COMMIT} today; give the commit to keep it"
    asked = len(hub.paths("GET"))
    run(revision="main", name="again")
    assert hub.paths("GET")[asked:] == [f"/api/models/{MODEL}/revision/main"]


def test_without_out_dir__the_cache_is_filled(tmp_path, hub, step):
    hub.add(folder_content(tiny_checkpoints.dnabert(tmp_path / "published")))
    arguments = call(hub, tmp_path).arguments
    result = step("download_checkpoint", *arguments[: arguments.index("--out-dir")])
    assert result.exit_code == 0, result.output
    assert "model.safetensors" in names(call(hub, tmp_path).kept)


def test_cache_of_an_earlier_version__used_without_a_network(root, tmp_path, hub, run):
    hub.stop()
    shutil.copytree(root / "tests" / "data" / "checkpoints", tmp_path / "cache")
    made, told = run("--offline")
    assert f"in {tmp_path / 'cache' / 'lab--promoter-bert' / COMMIT}, 3 files with the recorded digests" in told
    assert base.load("dnabert", made.out, seed=0).name == "dnabert"


def test_token_in_the_environment__sent_to_the_hub_and_not_to_where_it_sends_on(tmp_path, hub, run, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    hub.add(folder_content(tiny_checkpoints.dnabert(tmp_path / "published")))
    hub.gated.add(MODEL)
    hub.tokens.add("Bearer hf_secret")
    made, told = run()
    sent = {path: headers.get("authorization") for _, path, headers in hub.asked}
    content = [path for path in sent if path.startswith("/content/")]
    assert len(content) == 1
    assert sent[content[0]] is None
    assert {token for path, token in sent.items() if path not in content} == {"Bearer hf_secret"}
    assert "hf_secret" not in told + made.card.read_text()


def test_a_second_family_of_the_same_commit__only_its_vocabulary_is_fetched(tmp_path, hub, run):
    published = tiny_checkpoints.dnabert(tmp_path / "published")
    hub.add(folder_content(published, {"tokenizer.json": b"{}"}))
    first, _ = run()
    _, told = run(family="dnabert2", name="second")
    assert f"{MODEL} at {COMMIT}: tokenizer.json from the hub" in told
    again, _ = run("--offline", name="again")
    assert again.card.read_bytes() == first.card.read_bytes()
    assert names(again.out) == names(first.out)
