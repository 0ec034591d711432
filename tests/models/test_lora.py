"""LoRA: what is trained and how much of it, adapters as peft writes them, targets checked."""

from __future__ import annotations

import json

import pytest
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from peft.utils import get_peft_model_state_dict
from transformers import EsmForSequenceClassification

import tiny_checkpoints
from helpers_models import inputs, learn, logits, random_dna
from lncprom.errors import InputError
from lncprom.models import base, esm, layers, lora, saved_folder

FAMILY = "nucleotide_transformer"
SEQUENCES = random_dna(40, 60, 33, 59)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny_checkpoints.write(tmp_path_factory.mktemp("nt") / "nt", FAMILY)


def defaults(**options) -> dict:
    return {name: option.default for name, option in lora.OPTIONS.items()} | options


def test_published_size_query_and_value__2625282_weights_trained():
    config = tiny_checkpoints.PUBLISHED[FAMILY] | {"vocab_size": 4105}
    with torch.device("meta"):
        module = esm.EsmForSequenceClassification(layers.settings(config, pad_id=1))
        module.esm.contact_head.requires_grad_(False)
        lora.add(module, ("classifier.",), ("esm.contact_head.",), defaults(), seed=1)
    assert "2,625,282 of " in lora.summary(module, defaults())


@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")  # peft's own call
@pytest.mark.parametrize("targets", [["query", "value"], ["key", "dense"]])
def test_seed__draws_the_adapters_that_peft_draws(folder, targets):
    model = base.load(FAMILY, folder, seed=3, options={"lora_targets": targets})
    config = LoraConfig(r=8, lora_alpha=16, lora_dropout=0.05, target_modules=targets, modules_to_save=["classifier"])
    plain = base.load(FAMILY, folder, seed=3, options={"lora_r": 0}).module
    torch.manual_seed(3)
    theirs = get_peft_model_state_dict(get_peft_model(plain, config), save_embedding_layers=False)
    ours = {f"base_model.model.{name}": weight for name, weight in model.trainable().items()}
    assert list(theirs) == list(ours)
    assert all(torch.equal(weight, theirs[name]) for name, weight in ours.items())


def test_trainable__adapters_and_the_whole_head_and_no_other_weight_moves(folder):
    model = base.load(FAMILY, folder, seed=1)
    before = {name: tensor.clone() for name, tensor in model.module.state_dict().items()}
    number = sum(weight.numel() for weight in model.trainable().values())
    assert number == 2 * 2 * (8 * 32 * 2) + 32 * 32 + 32 + 2 * 32 + 2
    assert f"LoRA r 8 on query, value and the whole head: {number:,} of " in model.notes[-1]
    assert all("lora_" in name or "classifier" in name for name in model.trainable())
    learn(model, SEQUENCES)
    after = model.module.state_dict()
    moved = {name for name, tensor in before.items() if not torch.equal(tensor, after[name])}
    assert moved == set(model.trainable())
    assert any("classifier" in name and "dense.weight" in name for name in moved)


def test_no_adapter_has_been_trained_yet__logits_of_the_model_without_lora(folder):
    with_lora, without = (base.load(FAMILY, folder, seed=1, options={"lora_r": rank}) for rank in (8, 0))
    torch.testing.assert_close(logits(with_lora, SEQUENCES), logits(without, SEQUENCES), atol=1e-6, rtol=0)
    assert "no LoRA" in without.notes[-1]
    assert any("CC BY-NC-SA 4.0" in note for note in without.notes)
    assert len(without.trainable()) > 30
    assert not [name for name in without.trainable() if "contact_head" in name]


@pytest.mark.parametrize("target", ["q_proj", "out_proj"])  # one that there is not, one in the head
def test_target_that_matches_nothing_to_adapt__refused_with_those_there_are(folder, target):
    words = f"LoRA target '{target}' matches no linear layer. Choose from: dense, key, query, value."
    with pytest.raises(InputError, match=words):
        base.load(FAMILY, folder, seed=1, options={"lora_targets": f"query,{target}"})


@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")  # peft's own call
@pytest.mark.parametrize(
    "options", [{}, {"lora_r": "4", "lora_alpha": "32", "lora_dropout": "0", "lora_targets": "query, key,dense"}]
)
def test_saved_adapters__opened_by_peft_with_the_same_logits(folder, tmp_path, options):
    model = base.load(FAMILY, folder, seed=1, options=options)
    learn(model, SEQUENCES)
    model.module.eval()
    model.save(tmp_path)
    stock = EsmForSequenceClassification.from_pretrained(folder)
    reference = PeftModel.from_pretrained(stock, tmp_path).eval()
    ids, mask = inputs(model, SEQUENCES)
    with torch.no_grad():
        expected = reference(input_ids=ids, attention_mask=mask.long()).logits
    torch.testing.assert_close(logits(model, SEQUENCES), expected, atol=1e-6, rtol=0)
    config = json.loads((tmp_path / lora.CONFIG).read_text())
    assert config["base_model_name_or_path"] is None
    assert str(folder) not in "".join(path.read_text(errors="replace") for path in tmp_path.iterdir())


def test_adapters_opened_without_or_on_another_checkpoint__refused(folder, tmp_path):
    saved = tmp_path / "saved"
    saved.mkdir()
    base.load(FAMILY, folder, seed=1).save(saved)
    with pytest.raises(InputError, match="holds LoRA adapters only; give the checkpoint"):
        saved_folder.open_saved(saved)
    other = tiny_checkpoints.write(tmp_path / "other", FAMILY, seed=5)
    with pytest.raises(InputError, match="LoRA adapters of another checkpoint"):
        saved_folder.open_saved(saved, other)


def test_adapters_of_another_model_under_a_forged_record__each_weight_named(folder, tmp_path):
    models = [base.load(FAMILY, folder, seed=1, options={"lora_targets": targets}) for targets in ("query", "key")]
    for model, name in zip(models, ("query", "key"), strict=True):
        (tmp_path / name).mkdir()
        model.save(tmp_path / name)
    (tmp_path / "query" / lora.WEIGHTS).replace(tmp_path / "key" / lora.WEIGHTS)
    with pytest.raises(InputError, match=r"not the weights of this model; .* missing: .*attention\.self\.key\.lora_A"):
        models[1].restore(tmp_path / "key")
