"""Small checkpoints of all three families in the format in which the models are published: config, vocabulary, weights.

They stand in for the real ones where those would take hours: in the demo, in tests. The weights are drawn at
random and learn from a few hundred sequences; those of the Nucleotide Transformer are trained first, on simulated
promoters, since LoRA on a base that knows nothing learns nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import polars as pl
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers

from lncprom import files
from lncprom.demo import simulated_promoters
from lncprom.inference import device, encode
from lncprom.models import base, bert, checkpoints, esm, layers, letters, mosaic_bert, vocabulary
from lncprom.training import loop, run
from lncprom.training.signals import listening

SPREAD = 0.05  # standard deviation of the drawn weights; 0.02, as in the real models, learns later at this size
BYTE_PAIRS = 512
PAIRS = 3500  # of simulated promoters and their background, on which the Nucleotide Transformer is trained
_DECODERS = {"bert": "cls.predictions.decoder.weight", "esm": "lm_head.decoder.weight"}
_BERT = {
    "architectures": ["BertForMaskedLM"],
    "attention_probs_dropout_prob": 0.0,
    "hidden_act": "gelu",
    "hidden_dropout_prob": 0.0,
    "initializer_range": SPREAD,
    "layer_norm_eps": 1e-12,
    "max_position_embeddings": 512,
    "model_type": "bert",
    "type_vocab_size": 2,
}
_ESM = {
    "architectures": ["EsmForMaskedLM"],
    "attention_probs_dropout_prob": 0.0,
    "emb_layer_norm_before": False,
    "hidden_dropout_prob": 0.0,
    "initializer_range": SPREAD,
    "is_folding_model": False,
    "layer_norm_eps": 1e-12,
    "mask_token_id": 2,
    "max_position_embeddings": 1002,
    "model_type": "esm",
    "pad_token_id": 1,
    "position_embedding_type": "absolute",
    "token_dropout": True,
    "use_cache": False,
}


class Made(NamedTuple):
    """What the card says of a checkpoint: its sizes, and how its weights came about."""

    counts: dict
    notes: list[str]


def make(kind: str, seed: int, folder: Path, tell: Callable[[str], None]) -> Made:
    """Fill an existing empty folder with a checkpoint of one of make_checkpoint.py's kinds.

    The same kind and seed make the same bytes.
    """
    if kind == "nucleotide_transformer":
        return _nucleotide_transformer(seed, folder, tell)
    if kind.startswith("dnabert_"):
        k = int(kind.removeprefix("dnabert_"))
        words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters.kmers(k)]
        config = _BERT | _shape(32, 2) | {"vocab_size": len(words)}
        files.write_text("\n".join(words) + "\n", folder / vocabulary.WORDS)
        shapes = _shapes(bert.BertForSequenceClassification, config, ("classifier.",)) | _bert_words(config)
    else:
        config = _BERT | _shape(32, 2) | {"vocab_size": BYTE_PAIRS, "alibi_starting_size": 512}
        _byte_pairs(seed).save(str(folder / vocabulary.BYTE_PAIRS))
        left_out = ("bert.pooler.", "classifier.")  # the published file has neither
        shapes = _shapes(mosaic_bert.MosaicBertForSequenceClassification, config, left_out) | _bert_words(config)
    note = f"weights drawn at random with seed {seed}: the model has read no sequence yet"
    return _write(config, _drawn(shapes, seed), folder, [note])


def _nucleotide_transformer(seed: int, folder: Path, tell: Callable[[str], None]) -> Made:
    words = ["<unk>", "<pad>", "<mask>", "<cls>", *letters.kmers(6), *letters.ORDER, "N"]
    config = _ESM | _shape(64, 4) | {"vocab_size": len(words)}
    files.write_text("\n".join([*words, "<eos>", "<bos>"]) + "\n", folder / vocabulary.WORDS)
    shapes = _shapes(esm.EsmForSequenceClassification, config, ("classifier.",))
    tensors = _drawn(shapes | _masked_words("lm_head.", "lm_head.dense.", "lm_head.layer_norm.", config), seed)
    # Places that training does not reach shall not drown the words that stand there.
    tensors["esm.embeddings.position_embeddings.weight"] /= 5
    with TemporaryDirectory() as work:
        start = Path(work)
        checkpoints.write_tensors(tensors, start / checkpoints.SAFETENSORS)
        files.write_text(json.dumps(config), start / checkpoints.CONFIG)
        (start / vocabulary.WORDS).write_bytes((folder / vocabulary.WORDS).read_bytes())
        trained, note = _trained(start, seed, tell)
    tensors |= {name: tensor for name, tensor in trained.items() if name in tensors}
    tensors[_DECODERS["esm"]] = tensors["esm.embeddings.word_embeddings.weight"]
    return _write(config, tensors, folder, [note])


def _trained(checkpoint: Path, seed: int, tell: Callable[[str], None]) -> tuple[dict[str, torch.Tensor], str]:
    """The weights after one epoch of telling simulated promoters from their background.

    On one thread, since the last bits of a sum depend on how many there are.
    """
    family = base.load("nucleotide_transformer", checkpoint, seed=seed, options={"lora_r": 0})
    machine = device.choose(threads=1)
    rows = simulated_promoters.table(simulated_promoters.promoters(PAIRS, seed), "simulated_", (0.95, 0.05, 0))
    settings = run.Settings(seed=seed, epochs=1, batch=32, learning_rate=6e-3, warmup_steps=30, restarts=0)
    learnt, judged = (rows.filter(pl.col("fold") == fold) for fold in ("train", "dev"))
    encoded = [encode.encode(family, part, "tss", "simulated", machine.device)[0] for part in (learnt, judged)]
    labels = [part["label"].to_numpy() for part in (learnt, judged)]
    data = run.Data(encoded[0], labels[0], encoded[1], labels[1])
    with listening() as listener, device.threads(1), torch.random.fork_rng([]):
        done = loop.train(family, data, settings, machine, listener, tell)
    note = (
        f"trained on {learnt.height:,} simulated sequences, promoters with motifs and others without "
        f"(lncprom.demo.simulated_promoters, seed {seed}); MCC on {judged.height:,} others {done.best.dev_mcc:.2f}; "
        "the head for masked words is drawn at random"
    )
    return family.module.state_dict(), note


def _shape(hidden: int, heads: int) -> dict[str, int]:
    sizes = {"hidden_size": hidden, "num_hidden_layers": 1, "num_attention_heads": heads}
    return sizes | {"intermediate_size": 2 * hidden}


def _shapes(kind: type, config: Mapping, left_out: tuple[str, ...]) -> dict[str, tuple[int, ...]]:
    """Name -> shape of the weights of a model of this class, without those whose names begin so."""
    with layers.no_initial_values():
        module = kind(layers.settings(config, pad_id=0))
    return {name: tuple(part.shape) for name, part in module.state_dict().items() if not name.startswith(left_out)}


def _bert_words(config: Mapping) -> dict[str, tuple[int, ...]]:
    start = "cls.predictions."
    shapes = _masked_words(start, f"{start}transform.dense.", f"{start}transform.LayerNorm.", config)
    return shapes | {f"{start}decoder.bias": (config["vocab_size"],)}


def _masked_words(start: str, dense: str, norm: str, config: Mapping) -> dict[str, tuple[int, ...]]:
    """Shapes of the head that predicts masked tokens, which published files have."""
    width, words = config["hidden_size"], config["vocab_size"]
    return {
        f"{start}bias": (words,),
        f"{start}decoder.weight": (words, width),
        f"{dense}weight": (width, width),
        f"{dense}bias": (width,),
        f"{norm}weight": (width,),
        f"{norm}bias": (width,),
    }


def _drawn(shapes: Mapping[str, tuple[int, ...]], seed: int) -> dict[str, torch.Tensor]:
    """Random weights: matrices normal, norms 1, biases 0; the head for masked words repeats the embeddings."""
    chance = torch.Generator().manual_seed(seed)
    tensors = {}
    for name in sorted(shapes):
        if len(shapes[name]) > 1:
            tensors[name] = torch.randn(tuple(shapes[name]), generator=chance) * SPREAD
        else:
            tensors[name] = torch.full(tuple(shapes[name]), float(name.endswith("weight")))
    for start in ("bert", "esm"):
        words, decoder = f"{start}.embeddings.word_embeddings.weight", _DECODERS[start]
        if words in tensors:
            tensors[decoder] = tensors[words].clone()
    return tensors


def _byte_pairs(seed: int) -> Tokenizer:
    """Byte pairs as DNABERT-2's, from simulated promoters; the library breaks ties in one way."""
    special = ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"]
    tokenizer = Tokenizer(models.BPE(unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    trainer = trainers.BpeTrainer(vocab_size=BYTE_PAIRS, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator(simulated_promoters.promoters(500, seed).sequences, trainer)
    ends = [(word, tokenizer.token_to_id(word)) for word in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=ends)
    return tokenizer


def _write(config: Mapping, tensors: Mapping[str, torch.Tensor], folder: Path, notes: list[str]) -> Made:
    files.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", folder / checkpoints.CONFIG)
    checkpoints.write_tensors(tensors, folder / checkpoints.SAFETENSORS)
    sizes = ("hidden_size", "num_hidden_layers", "num_attention_heads", "max_position_embeddings", "vocab_size")
    counts = {name: config[name] for name in sizes} | {"weights": sum(tensor.numel() for tensor in tensors.values())}
    return Made(counts, notes)
