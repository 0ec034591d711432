"""Small checkpoints of all families, with random weights, in exactly the format in which the models are published.

Nothing of the package under test is used, so that names and shapes are those of MODELS, not whatever the code expects.
Sizes are parameters: `PUBLISHED` has those of the real models.
"""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers
from transformers import BertConfig, BertForMaskedLM, EsmConfig, EsmForMaskedLM

_SIZES = ("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size")
TINY = dict(zip(_SIZES, (32, 2, 4, 64), strict=True))
_BASE = dict(zip(_SIZES, (768, 12, 12, 3072), strict=True))
PUBLISHED = {
    "dnabert": _BASE | {"max_position_embeddings": 512},
    "dnabert2": _BASE | {"vocab_size": 4096},
    "nucleotide_transformer": dict(zip(_SIZES, (1280, 24, 20, 5120), strict=True)) | {"max_position_embeddings": 1002},
}
SPREAD = 0.05


def write(folder: Path, family: str, **sizes) -> Path:
    """A checkpoint of `family` in `folder`, which is made."""
    if family == "huggingface":
        import tiny_stock

        return tiny_stock.write(folder, "bert")
    makers = (dnabert, dnabert2, nucleotide_transformer, nucleotide_transformer_v2, hyenadna)
    return {make.__name__: make for make in makers}[family](folder, **sizes)


def dnabert(folder: Path, k: int = 3, seed: int = 0, dropout: float = 0.0, binary: bool = False, **sizes) -> Path:
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *map("".join, itertools.product("ATCG", repeat=k))]
    shape = TINY | {"max_position_embeddings": 64} | sizes
    torch.manual_seed(seed)
    config = BertConfig(vocab_size=len(words), initializer_range=SPREAD, **shape)
    tensors = BertForMaskedLM(config).state_dict()
    width = shape["hidden_size"]
    tensors |= {
        "bert.pooler.dense.weight": torch.randn(width, width) * SPREAD,
        "bert.pooler.dense.bias": torch.zeros(width),
    }
    tensors["bert.embeddings.position_ids"] = torch.arange(shape["max_position_embeddings"])[None]
    content = {
        "architectures": ["BertForMaskedLM"],
        "attention_probs_dropout_prob": dropout,
        "hidden_dropout_prob": dropout,
        "hidden_act": "gelu",
        "initializer_range": SPREAD,
        "layer_norm_eps": 1e-12,
        "model_type": "bert",
        "num_labels": 2,
        "num_rnn_layer": 1,
        "rnn": "lstm",
        "rnn_dropout": 0.0,
        "rnn_hidden": 768,
        "split": 10,
        "type_vocab_size": 2,
        "vocab_size": len(words),
        "auto_map": {"AutoModel": "dnabert_layer.DNABertModel"},
    }
    _write(folder, content | shape, tensors, binary)
    (folder / "vocab.txt").write_text("\n".join(words) + "\n")
    return folder


def nucleotide_transformer(folder: Path, seed: int = 0, dropout: float = 0.0, binary: bool = False, **sizes) -> Path:
    words = ["<unk>", "<pad>", "<mask>", "<cls>", *map("".join, itertools.product("ATCG", repeat=6)), *"ATCGN"]
    content = {
        "add_bias_fnn": True,
        "architectures": ["EsmForMaskedLM"],
        "attention_probs_dropout_prob": dropout,
        "emb_layer_norm_before": False,
        "hidden_dropout_prob": dropout,
        "initializer_range": SPREAD,
        "is_folding_model": False,
        "layer_norm_eps": 1e-12,
        "mask_token_id": 2,
        "model_type": "esm",
        "pad_token_id": 1,
        "position_embedding_type": "absolute",
        "token_dropout": True,
        "torch_dtype": "float32",
        "use_cache": False,
        "vocab_size": len(words),
        "vocab_list": None,
    }
    shape = TINY | {"max_position_embeddings": 66} | sizes
    left_out = ("add_bias_fnn", "architectures", "model_type", "torch_dtype", "vocab_list")
    torch.manual_seed(seed)
    config = EsmConfig(**{key: value for key, value in (content | shape).items() if key not in left_out})
    _write(folder, content | shape, EsmForMaskedLM(config).state_dict(), binary)
    (folder / "vocab.txt").write_text("\n".join([*words, "<eos>", "<bos>"]))
    return folder


def nucleotide_transformer_v2(folder: Path, k: int = 6, seed: int = 0, binary: bool = False, **sizes) -> Path:
    """No model_type; rotation in each layer, a gated part without biases, position embeddings that nothing reads."""
    special = ["<unk>", "<pad>", "<mask>", "<cls>", "<eos>", "<bos>"]
    words = [*special, *map("".join, itertools.product("ATCG", repeat=k)), *"ATCGN"]
    shape = TINY | {"max_position_embeddings": 66, "token_dropout": False} | sizes
    made = nucleotide_transformer(folder, seed, vocab_size=len(words), **shape)
    config, tensors = json.loads((made / "config.json").read_text()), load_file(made / "model.safetensors")
    chance = torch.Generator().manual_seed(seed)
    inner, width = shape["intermediate_size"], shape["hidden_size"] // shape["num_attention_heads"]
    for layer in range(shape["num_hidden_layers"]):
        start = f"esm.encoder.layer.{layer}."
        for name in ("intermediate.dense.bias", "output.dense.bias"):
            del tensors[start + name]
        name = f"{start}intermediate.dense.weight"
        tensors[name] = torch.randn(2 * inner, shape["hidden_size"], generator=chance) * SPREAD
        frequencies = 1 / 10000 ** (torch.arange(0, width, 2).float() / width)
        tensors[f"{start}attention.self.rotary_embeddings.inv_freq"] = frequencies
    del config["model_type"]
    _write(folder, config | {"position_embedding_type": "rotary", "add_bias_fnn": False}, tensors, binary)
    if binary:
        (folder / "model.safetensors").unlink()
    (folder / "vocab.txt").write_text("\n".join(words))
    return folder


def dnabert2(folder: Path, seed: int = 0, dropout: float = 0.0, binary: bool = False, **sizes) -> Path:
    shape = TINY | {"vocab_size": 128} | sizes
    folder.mkdir(parents=True)
    byte_pairs(shape["vocab_size"]).save(str(folder / "tokenizer.json"))
    chance = torch.Generator().manual_seed(seed)
    width, inner, words = shape["hidden_size"], shape["intermediate_size"], shape["vocab_size"]
    named = {
        "bert.embeddings.word_embeddings.weight": (words, width),
        "bert.embeddings.token_type_embeddings.weight": (2, width),
        **_norm("bert.embeddings.LayerNorm", width),
        "cls.predictions.bias": (words,),
        **_linear("cls.predictions.transform.dense", width, width),
        **_norm("cls.predictions.transform.LayerNorm", width),
        **_linear("cls.predictions.decoder", width, words),
    }
    for layer in range(shape["num_hidden_layers"]):
        start = f"bert.encoder.layer.{layer}."
        named |= _linear(f"{start}attention.self.Wqkv", width, 3 * width)
        named |= _linear(f"{start}attention.output.dense", width, width)
        named |= _norm(f"{start}attention.output.LayerNorm", width)
        named |= {f"{start}mlp.gated_layers.weight": (2 * inner, width)}
        named |= _linear(f"{start}mlp.wo", inner, width) | _norm(f"{start}mlp.layernorm", width)
    norms = ("LayerNorm.weight", "layernorm.weight")
    tensors = {
        name: torch.randn(size, generator=chance) * SPREAD + (1.0 if name.endswith(norms) else 0.0)
        for name, size in named.items()
    }
    content = {
        "alibi_starting_size": 512,
        "architectures": ["BertForMaskedLM"],
        "attention_probs_dropout_prob": 0.0,
        "auto_map": {"AutoModelForMaskedLM": "bert_layers.BertForMaskedLM"},
        "classifier_dropout": None,
        "hidden_act": "gelu",
        "hidden_dropout_prob": dropout,
        "initializer_range": SPREAD,
        "layer_norm_eps": 1e-12,
        "max_position_embeddings": 512,
        "model_type": "bert",
        "pad_token_id": 0,
        "type_vocab_size": 2,
    }
    _write(folder, content | shape, tensors, binary)
    return folder


def hyenadna(
    folder: Path, seed: int = 0, dropout: float = 0.0, binary: bool = False, spreads: dict | None = None, **sizes
) -> Path:
    """No file with a vocabulary; `binary`: with the sines of a filter under all their names.

    `spreads`: standard deviations of weights by a part of their names; the last that fits counts.
    """
    spreads = {"": SPREAD, "short_filter": 0.3, "implicit_filter": 0.3} | (spreads or {})
    shape = {"d_model": 32, "n_layer": 2, "d_inner": 64, "max_seq_len": 258, "filter_order": 16} | sizes
    width, inner, longest, order = (shape[name] for name in ("d_model", "d_inner", "max_seq_len", "filter_order"))
    start = "hyena.backbone."
    named = {f"{start}embeddings.word_embeddings.weight": (16, width), "lm_head.weight": (16, width)}
    named |= _norm(f"{start}ln_f", width)
    for layer in (f"{start}layers.{at}." for at in range(shape["n_layer"])):
        mixer, filters = f"{layer}mixer.", f"{layer}mixer.filter_fn."
        named |= _norm(f"{layer}norm1", width) | _norm(f"{layer}norm2", width)
        named |= _linear(f"{layer}mlp.fc1", width, inner) | _linear(f"{layer}mlp.fc2", inner, width)
        named |= _linear(f"{mixer}in_proj", width, 3 * width) | _linear(f"{mixer}out_proj", width, width)
        named |= {f"{mixer}short_filter.weight": (3 * width, 1, 3), f"{mixer}short_filter.bias": (3 * width,)}
        named |= {f"{filters}bias": (width,), f"{filters}implicit_filter.6.weight": (width, order)}
        named |= _linear(f"{filters}implicit_filter.0", 5, order)
        named |= _linear(f"{filters}implicit_filter.2", order, order)
        named |= _linear(f"{filters}implicit_filter.4", order, order)
    chance = torch.Generator().manual_seed(seed)
    tensors = {}
    for name, size in named.items():
        *_, scale = (number for part, number in spreads.items() if part in name)
        tensors[name] = torch.randn(size, generator=chance) * scale
        tensors[name] += float("norm" in name or "ln_f" in name) * name.endswith("weight")
    place = torch.arange(longest).double()
    angles = 2 * torch.pi / longest * place[:, None] * torch.tensor([1e-4, 1.0]).double()
    features = torch.cat([place[:, None] / (longest - 1), angles.cos(), -angles.sin()], dim=1).float()[None]
    deltas = torch.linspace(math.log(0.01) / 1.5, math.log(0.01) / 0.3, width)[None, None]
    for at in range(shape["n_layer"]):
        filters = f"{start}layers.{at}.mixer.filter_fn."
        tensors |= {f"{filters}pos_emb.z": features, f"{filters}pos_emb.t": features[..., :1]}
        tensors[f"{filters}modulation.deltas"] = deltas
        for copy in (1, 3, 5) if binary else (1,):
            tensors[f"{filters}implicit_filter.{copy}.freq"] = torch.linspace(5, 10, order)[None]
    content = {
        "activation_freq": 10,
        "architectures": ["HyenaDNAForCausalLM"],
        "auto_map": {"AutoModelForCausalLM": "modeling_hyena.HyenaDNAForCausalLM"},
        "emb_dim": 5,
        "embed_dropout": dropout,
        "hyena_dropout": 0.0,
        "hyena_filter_dropout": 0.0,
        "hyena_order": 2,
        "initializer_range": 0.02,
        "layer_norm_epsilon": 1e-05,
        "model_type": "hyenadna",
        "num_inner_mlps": 2,
        "pad_token_id": 4,
        "pad_vocab_size_multiple": 8,
        "short_filter_order": 3,
        "tie_word_embeddings": False,
        "train_freq": True,
        "use_bias": True,
        "vocab_size": 12,
    }
    _write(folder, content | shape, tensors, binary)
    return folder


def _linear(name: str, inputs: int, outputs: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}


def _norm(name: str, width: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (width,), f"{name}.bias": (width,)}


def byte_pairs(size: int) -> Tokenizer:
    """A tokenizer as that of DNABERT-2, its merges learned from random DNA with repeats."""
    special = ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"]
    draw = torch.randint(4, (60, 200), generator=torch.Generator().manual_seed(7)).tolist()
    text = ["".join("ACGT"[code] for code in row) + "TATAAA" * 5 for row in draw]
    tokenizer = Tokenizer(models.BPE(unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    trainer = trainers.BpeTrainer(vocab_size=size, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator(text, trainer)
    ends = [(word, tokenizer.token_to_id(word)) for word in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=ends)
    return tokenizer


def _write(folder: Path, config: dict, tensors: dict[str, torch.Tensor], binary: bool) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    tensors = {name: tensor.detach().clone().contiguous() for name, tensor in tensors.items()}
    if binary:
        torch.save(tensors, folder / "pytorch_model.bin")
    else:
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
