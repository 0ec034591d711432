"""Small checkpoints of stock classes of transformers, with random weights, as `save_pretrained` publishes them."""

from __future__ import annotations

import json
from pathlib import Path

import torch
import transformers as hf
from safetensors.torch import load_file, save_file

import tiny_checkpoints

WORDS = 128
_SIZES = tiny_checkpoints.TINY | {"vocab_size": WORDS, "initializer_range": 0.2}
_PLACES, _IDS = {"max_position_embeddings": 64}, {"pad_token_id": 3, "bos_token_id": 1, "eos_token_id": 2}
_GROUPED = {"num_key_value_heads": 2}
_GPT2 = {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 64, "vocab_size": WORDS, "initializer_range": 0.2}
# Kind -> the class that is saved, with a head of pre-training, and its config.
KINDS = {
    "bert": (hf.BertForMaskedLM, hf.BertConfig(**_SIZES, **_PLACES, pad_token_id=0)),  # GROVER's, plant-dnabert's
    "modernbert": (
        hf.ModernBertForMaskedLM,
        hf.ModernBertConfig(**_SIZES, **_PLACES, **_IDS, cls_token_id=1, sep_token_id=2, local_attention=16),
    ),
    "esm": (
        hf.EsmForMaskedLM,
        hf.EsmConfig(
            **_SIZES, **_PLACES, pad_token_id=3, mask_token_id=4, position_embedding_type="rotary", token_dropout=True
        ),
    ),
    "gpt2": (hf.GPT2LMHeadModel, hf.GPT2Config(**_GPT2, bos_token_id=1, eos_token_id=2)),
    "mistral": (hf.MistralForCausalLM, hf.MistralConfig(**_SIZES, **_PLACES, **_IDS, **_GROUPED)),
    "mixtral": (  # Mistral-DNA: no padding in its config, bf16
        hf.MixtralForCausalLM,
        hf.MixtralConfig(**_SIZES, **_PLACES, **_GROUPED, num_local_experts=4, num_experts_per_tok=1),
    ),
    "roformer": (hf.RoFormerForMaskedLM, hf.RoFormerConfig(**_SIZES, **_PLACES, embedding_size=32)),
    "mamba": (hf.MambaForCausalLM, hf.MambaConfig(hidden_size=32, num_hidden_layers=2, vocab_size=WORDS, state_size=8)),
}


def write(folder: Path, kind: str, dtype: torch.dtype = torch.float32) -> Path:
    """A checkpoint in `folder` with a tokenizer.json of byte pairs."""
    cls, config = KINDS[kind]
    torch.manual_seed(7)
    cls(config).to(dtype).save_pretrained(folder)
    tiny_checkpoints.byte_pairs(WORDS).save(str(folder / "tokenizer.json"))
    return folder


def gena(folder: Path, last_norm: bool = True) -> Path:
    """GENA-LM's names: norms in front of each part, and behind the last layer if `last_norm`."""
    tensors = _bert(folder, pre_layer_norm=True, **({} if last_norm else {"last_layer_norm": False}))
    moved = {"attention.output.LayerNorm": "pre_attention_ln", "output.LayerNorm": "post_attention_ln"}
    for name in [name for name in tensors if ".layer." in name and "LayerNorm" in name]:
        old = next(part for part in moved if part in name)
        tensors[name.replace(old, moved[old])] = tensors.pop(name)
    if last_norm:
        tensors |= {f"bert.encoder.last_layer_ln.{name}": torch.rand(32) + 0.5 for name in ("weight", "bias")}
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    return folder


def mutbert(folder: Path) -> Path:
    """MutBERT's names: no table of positions; a pickle, as published."""
    tensors = _bert(folder, pooler_type="mean", rope_theta=10000)
    del tensors["bert.embeddings.position_embeddings.weight"]
    (folder / "model.safetensors").unlink()
    torch.save(tensors, folder / "pytorch_model.bin")
    return folder


def _bert(folder: Path, **fields) -> dict[str, torch.Tensor]:
    """The weights of the BERT that is written, norms and biases at no first value, and further fields of its config."""
    write(folder, "bert")
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | fields | {"auto_map": {"AutoModel": "code.Model"}}))
    draw = torch.Generator().manual_seed(3)
    tensors = load_file(folder / "model.safetensors")
    return {name: x + 0.1 * torch.randn(x.shape, generator=draw) for name, x in tensors.items()}
