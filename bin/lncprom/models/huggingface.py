"""Any encoder or decoder of transformers over DNA: its own stock class, pooled, with a linear head."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import click
import torch

from lncprom import files
from lncprom.models import (
    any_vocabulary,
    base,
    checkpoint_folder,
    checkpoints,
    lora,
    pooling,
    saved_folder,
    stock_model,
    vocabulary,
)
from lncprom.models.base import Option
from lncprom.models.self_attention import WholeAttention

HEAD = "head.safetensors"  # beside the model, which transformers opens without it
_TOKENIZER = "tokenizer_config.json"  # may have the longest input
_NO_LIMIT = 1_000_000  # a tokenizer without a longest input says a number far above
_CLASSIFIER, _IDLE = ("classifier.",), ("backbone.pooler.", "backbone.contact_head.")
# Of each kind of architecture, the layers that adapters go on: query and value, or what holds them.
_TARGETS = (("query", "value"), ("q_proj", "v_proj"), ("Wqkv",), ("c_attn",), ("in_proj", "x_proj", "out_proj"))


class HuggingFace(base.Family):
    name = "huggingface"
    VOCABULARY = vocabulary.BYTE_PAIRS
    OPTIONS: ClassVar[Mapping[str, Option]] = {
        "pooling": Option("mean", click.Choice(pooling.WAYS)),
        "max_tokens": Option(None, click.IntRange(16)),
        "dropout": Option(None, base.FRACTION),  # None: as config.json has it
        "stock": Option(False, click.BOOL),  # whether to leave an auto_map aside
        **lora.OPTIONS,
        "lora_r": Option(0, click.IntRange(0)),
        "lora_targets": Option(None, lora.name_list),  # None: by architecture
    }

    def __init__(self, folder: Path, settings, options: dict, outputs: int, seed: int) -> None:
        self.folder, self.settings, self.options, self.outputs = folder, settings, options, outputs
        self.words_path = _vocabulary_file(folder)
        self.vocabulary = any_vocabulary.read(self.words_path, settings.vocab_size)
        backbone = stock_model.filled(settings, folder)
        self.notes = [f"new classification head on {type(backbone).__name__}, drawn with seed {seed}"]
        self._digest, self.max_tokens = "", self._longest(backbone)
        given = [getattr(settings, name, None) for name in ("classifier_dropout", "hidden_dropout_prob", "resid_pdrop")]
        dropout = next((value for value in given if value is not None), 0.0)
        width = settings.hidden_size
        self.module = pooling.Classifier(backbone, width, options["pooling"], dropout, outputs)
        self.reset_head(seed)
        if not self.vocabulary.knows_n:
            self.notes.append("N is no token of this vocabulary: the model reads it as an unknown one")
        if options["lora_r"]:
            options["lora_targets"] = options["lora_targets"] or _targets(self.module)
            lora.add(self.module, _CLASSIFIER, _IDLE, options, seed)
            self.notes.append(lora.summary(self.module, options))
        self.module.eval()

    @classmethod
    def load(
        cls,
        checkpoint: Path | None,
        *,
        seed: int,
        options: Mapping[str, object] | None = None,
        outputs: int = base.CLASSES,
    ) -> HuggingFace:
        chosen = base.checked_options(cls, options)
        config = checkpoint_folder.config(checkpoint, cls.name, None, cls.VOCABULARY)
        path = Path(checkpoint) / checkpoint_folder.CONFIG
        stock_model.check_config(config, path, chosen["stock"])
        settings = stock_model.settings(config, path, chosen["dropout"])
        return cls(Path(checkpoint), settings, chosen, outputs, seed)

    def _longest(self, backbone: torch.nn.Module) -> int | None:
        """How many tokens, special ones too; an option may ask for more only where positions have no table."""
        own, hard = stock_model.positions(backbone)
        asked, given = self.options["max_tokens"], _tokenizer_limit(self.folder)
        if asked is not None and own is not None and asked > own and not hard:
            self.notes.append(f"up to {asked:,} tokens, the model was made for {own:,}")
            return asked
        return min((limit for limit in (own, asked or given) if limit is not None), default=None)

    def logits(self, ids: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        return self.module(ids, mask)

    def reset_head(self, seed: int) -> None:
        checkpoints.draw([self.module.classifier], seed, getattr(self.settings, "initializer_range", 0.02))

    def redraw(self, seed: int) -> None:
        with torch.random.fork_rng(devices=[]), torch.no_grad():
            torch.manual_seed(seed)
            drawn = stock_model.build(copy.deepcopy(self.settings)).state_dict()
            for name, weight in self.module.backbone.state_dict().items():
                if (plain := name.replace(".base_layer", "")) in drawn:
                    weight.copy_(drawn[plain])
        adapters = [part for part in self.module.modules() if isinstance(part, lora.Adapted)]
        new = [matrix for part in adapters for matrix in (part.lora_A, part.lora_B)]
        checkpoints.draw([*new, self.module.classifier], seed, getattr(self.settings, "initializer_range", 0.02))

    def embedding(self) -> torch.nn.Module:
        return self.module.backbone.get_input_embeddings()

    @property
    def depth(self) -> int:
        return self.settings.num_hidden_layers

    def hidden_states(self, ids: torch.Tensor, mask: torch.Tensor | None, numbers: Sequence[int]) -> list[torch.Tensor]:
        whole = None if mask is None else mask.long()
        found = self.module.backbone(input_ids=ids, attention_mask=whole, output_hidden_states=True)
        states = [*found.hidden_states[: self.depth], found.last_hidden_state]
        return [states[number] for number in numbers]

    def self_attentions(self) -> list[WholeAttention]:
        config = self.module.backbone.config
        heads = getattr(config, "num_attention_heads", None)  # none in a state space model
        return [WholeAttention(heads)] * config.num_hidden_layers if heads else []

    @torch.inference_mode()
    def whole_attention(self, ids: torch.Tensor, mask: torch.Tensor | None) -> tuple[tuple, torch.Tensor]:
        backbone = self.module.backbone
        before = backbone.config._attn_implementation
        backbone.set_attn_implementation("eager")  # the fused one hands no weights out
        try:
            found = backbone(
                input_ids=ids, attention_mask=None if mask is None else mask.long(), output_attentions=True
            )
        finally:
            backbone.set_attn_implementation(before)
        layers = found.attentions
        assert all(layer is not None for layer in layers), "attention without weights"
        mask = None if mask is None else mask.bool()
        return layers, pooling.weights(found.last_hidden_state, mask, self.options["pooling"])

    def save(self, folder: Path) -> None:
        if self.options["lora_r"]:
            lora.save(self, _CLASSIFIER, folder)
            return
        with checkpoints.full_disk():
            self.module.backbone.save_pretrained(folder)
        checkpoints.write_tensors(self.module.classifier.state_dict(), folder / HEAD)
        for path in (self.words_path, self.folder / _TOKENIZER):
            if path.is_file():
                with files.writing(folder / path.name) as beside:
                    beside.write_bytes(path.read_bytes())
        saved_folder.write_record(self, folder, "model")

    def restore(self, folder: Path) -> None:
        if self.options["lora_r"]:
            lora.restore(self, folder)
            return
        if folder.resolve() != self.folder.resolve():
            self.module.backbone.load_state_dict(stock_model.filled(self.settings, folder).state_dict())
        path = folder / HEAD
        checkpoints.fill(self.module.classifier, checkpoints.read(path), source=path, head=())

    def digest(self) -> str:
        if not self._digest:
            names = [self.folder / checkpoint_folder.CONFIG, self.words_path]
            self._digest = checkpoints.digest([*names, *checkpoint_folder.weight_files(self.folder)], self.options)
        return self._digest


def _vocabulary_file(folder: Path) -> Path:
    words = folder / vocabulary.WORDS
    name = (
        vocabulary.WORDS
        if words.is_file() and not (folder / vocabulary.BYTE_PAIRS).is_file()
        else vocabulary.BYTE_PAIRS
    )
    return checkpoint_folder.vocabulary(folder, HuggingFace.name, name)


def _tokenizer_limit(folder: Path) -> int | None:
    try:
        found = json.loads((folder / _TOKENIZER).read_text(encoding="utf-8")).get("model_max_length")
    except (OSError, ValueError, AttributeError):
        return None
    return int(found) if isinstance(found, (int, float)) and 1 < found < _NO_LIMIT else None


def _targets(module: torch.nn.Module) -> list[str]:
    names = {name.rsplit(".", 1)[-1] for name, _ in module.named_modules()}
    return list(next((targets for targets in _TARGETS if names.issuperset(targets)), _TARGETS[0]))
