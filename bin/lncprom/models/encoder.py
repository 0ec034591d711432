"""What DNABERT, DNABERT-2 and Nucleotide Transformer have in common: a checkpoint folder, an encoder and a head."""

from __future__ import annotations

import sys
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import click
import torch

from lncprom import files
from lncprom.errors import InputError
from lncprom.models import base, checkpoint_folder, checkpoints, layers, out_of_memory, saved_folder
from lncprom.models.base import Option
from lncprom.models.self_attention import SelfAttention
from lncprom.models.vocabulary import Vocabulary


class Encoder(base.Family):
    """A family whose models lie in checkpoint folders: config.json, a vocabulary, weights."""

    MODEL_TYPE: ClassVar[str]
    ENCODER: ClassVar[str] = ""  # name of the part without the head, before the names of its weights; "": MODEL_TYPE
    VOCABULARY: ClassVar[str | None]  # its file; None: fixed by the family
    read_vocabulary: Callable[[Path | None, int], Vocabulary]  # the file, and the number of tokens in config.json
    HEAD: ClassVar[tuple[str, ...]]  # prefixes of modules that may be new, each as a whole
    UNUSED: ClassVar[tuple[str, ...]] = (r"cls\.", r".*\.position_ids$")  # patterns of weights of pre-training only
    IDLE: ClassVar[tuple[str, ...]] = ()  # prefixes of modules that take no part in the logits

    OPTIONS: ClassVar[Mapping[str, Option]] = {
        "attention": Option("sdpa", click.Choice(["sdpa", "eager"])),  # only eager hands attention weights out
        "max_tokens": Option(None, click.IntRange(16)),  # fewer than the model takes, as a tokenizer's max_length
        "dropout": Option(None, base.FRACTION),  # None: as config.json has it
    }

    def __init__(
        self,
        folder: Path,
        words_path: Path | None,
        config: dict,
        words: Vocabulary,
        options: dict,
        module: torch.nn.Module,
    ):
        self.folder, self.words_path, self.config, self.vocabulary = folder, words_path, config, words
        self.options, self.module, self.outputs = options, module, config["num_labels"]
        self.notes: list[str] = []
        limits = [limit for limit in (self._positions(), options["max_tokens"]) if limit is not None]
        self.max_tokens = min(limits, default=None)
        self._digest, self._new = "", ()

    @classmethod
    def load(
        cls,
        checkpoint: Path | None,
        *,
        seed: int,
        options: Mapping[str, object] | None = None,
        outputs: int = base.CLASSES,
    ) -> Encoder:
        chosen = base.checked_options(cls, options)
        config = checkpoint_folder.config(checkpoint, cls.name, cls.MODEL_TYPE, cls.VOCABULARY)
        config |= {"num_labels": outputs}
        folder = Path(checkpoint)
        path, words_path = (
            folder / checkpoint_folder.CONFIG,
            checkpoint_folder.vocabulary(folder, cls.name, cls.VOCABULARY),
        )
        try:
            cls._check_config(config, path)
            spread(config)
            words = cls.read_vocabulary(words_path, config["vocab_size"])
            with layers.no_initial_values():
                module = cls._build(config, words, chosen)
        except KeyError as fault:
            raise InputError(f"{path}: no {fault} in it; is it another model's?") from None
        except (ValueError, TypeError, ZeroDivisionError, RuntimeError) as fault:
            if out_of_memory.is_too_large(fault):
                raise
            raise InputError(
                f"{path}: no config of a model ({' '.join(str(fault).split())}); download it again"
            ) from None
        for prefix in cls.IDLE:
            for weight in _at(module, prefix).requires_grad_(False).parameters():
                weight.zero_()  # where the checkpoint has none
        tensors = checkpoints.weights(folder)
        cls._check_weights(tensors, folder)
        tensors = checkpoints.renamed(tensors, module, f"{cls.ENCODER or cls.MODEL_TYPE}.", cls.UNUSED, folder)
        new = checkpoints.fill(module, tensors, source=folder, head=cls.HEAD, unused=cls.UNUSED, optional=cls.IDLE)
        del tensors
        model = cls(folder, words_path, config, words, chosen, module)
        model._new = tuple(new)
        checkpoints.draw([_at(module, prefix) for prefix in new], seed, spread(config))
        if new:
            names = ", ".join(prefix.rstrip(".") for prefix in new)
            model.notes.append(f"new in the classification head, drawn with seed {seed}: {names}")
        model._prepare(seed)
        model.module.eval()
        return model

    @classmethod
    def _check_config(cls, config: dict, path: Path) -> None:
        """Refuse the config of another model of the same `model_type`."""

    @classmethod
    @abstractmethod
    def _build(cls, config: dict, words: Vocabulary, options: dict) -> torch.nn.Module: ...

    @classmethod
    def _check_weights(cls, tensors: Mapping[str, torch.Tensor], folder: Path) -> None:
        """Refuse the weights of another model of the same `model_type`."""

    def _prepare(self, seed: int) -> None:
        """What is to be done once the weights are in."""

    def _positions(self) -> int | None:
        """How many tokens the model takes, special ones too."""
        return None

    def logits(self, ids: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        return self.module(input_ids=ids, attention_mask=mask).logits

    def reset_head(self, seed: int) -> None:
        drawn = self._new or self.HEAD  # what was new on loading, or the whole head of a model that came with one
        checkpoints.draw([_at(self.module, prefix) for prefix in drawn], seed, spread(self.config))

    def redraw(self, seed: int) -> None:
        checkpoints.draw([self.module], seed, spread(self.config) or None)

    def self_attentions(self) -> list[SelfAttention]:
        found = [layer.attention["self"] for layer in self._inner.encoder["layer"]]
        bias = getattr(self._inner, "alibi", None)
        turn = "rotary_embeddings"
        return [
            SelfAttention(part, part.heads, part.query, part.key, bias, getattr(part, turn, None)) for part in found
        ]

    def layers(self) -> list[torch.nn.Module]:
        inner = self._inner
        *first, last = [inner.embeddings, *inner.encoder["layer"]]
        return [*first, getattr(inner.encoder, "emb_layer_norm_after", last)]

    def embedding(self) -> torch.nn.Module:
        return self._inner.embeddings.word_embeddings

    @property
    def _inner(self) -> torch.nn.Module:
        """The encoder without the head."""
        return getattr(self.module, self.ENCODER or self.MODEL_TYPE)

    def save(self, folder: Path) -> None:
        config = {key: value for key, value in self.config.items() if key != "auto_map"}
        kind = type(self.module).__name__.removeprefix("Mosaic")
        checkpoints.write(self.module, config | {"architectures": [kind]}, folder)
        for path in self._words_files():
            with files.writing(folder / path.name) as beside:
                beside.write_bytes(path.read_bytes())
        saved_folder.write_record(self, folder, "model")

    def _words_files(self) -> list[Path]:
        return [] if self.words_path is None else [self.words_path]

    def digest(self) -> str:
        if not self._digest:
            names = [self.folder / checkpoint_folder.CONFIG, *self._words_files()]
            self._digest = checkpoints.digest([*names, *checkpoint_folder.weight_files(self.folder)], self.options)
        return self._digest


def _at(module: torch.nn.Module, prefix: str) -> torch.nn.Module:
    return module.get_submodule(prefix.rstrip("."))


def sizes(
    config: dict,
    pad: int,
    options: dict,
    dropouts: Sequence[str] = ("hidden_dropout_prob", "attention_probs_dropout_prob"),
    **fixed: object,
) -> layers.Settings:
    """What shapes a model: the entries of its config.json, the id of its padding, the options."""
    if config.get("hidden_act", "gelu") != "gelu":
        raise ValueError(f"hidden_act is {config['hidden_act']!r}, the model's is 'gelu'")
    if options["dropout"] is not None:
        config = config | dict.fromkeys(dropouts, options["dropout"])
    eager = options["attention"] == "eager"
    return layers.settings(config, pad_id=pad, eager=eager, **fixed)


def spread(config: dict) -> float:
    """Standard deviation of weights that are drawn: a config.json's `initializer_range`."""
    found = config.get("initializer_range", 0.02)
    number = isinstance(found, (int, float)) and not isinstance(found, bool)
    if not number or not 0 <= found <= sys.float_info.max:
        raise ValueError(f"initializer_range is {found!r}, no finite number from 0 up")
    return float(found)
