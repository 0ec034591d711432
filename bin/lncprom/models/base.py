"""What every language model is to the rest of the package: load, tokenize, sequence to logits, token to bases.

A new family is one module with a class that fills in `Family`, and one row in families.json.
"""

from __future__ import annotations

import importlib
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, NamedTuple

import click
import numpy as np
import torch

from lncprom import text
from lncprom.errors import InputError
from lncprom.models import checkpoints, letters, out_of_memory
from lncprom.models.self_attention import SelfAttention, WholeAttention
from lncprom.models.truncation import stretches
from lncprom.models.vocabulary import Vocabulary

# Family -> its class; the pipeline reads the same file, so that a family stands in one place.
REGISTRY = Path(__file__).with_name("families.json")
FAMILIES = {name: entry["class"] for name, entry in json.loads(REGISTRY.read_text(encoding="utf-8")).items()}
CLASSES = 2  # outputs of a classifier; a regression has one for the target, or 3 or more, of which it is the first
PRETRAINED, RANDOM = INITS = ("pretrained", "random")  # where the weights of a model come from


class Tokens(NamedTuple):
    """Token ids, a row for each stretch that the model sees at once; one row a sequence unless it was cut in chunks.

    Shapes: `ids` int32 (rows, T), padded at the end with the family's `pad_id`; all others int32 (rows,).
    `lengths` counts tokens, special ones too. `first_base`, `last_base`: the stretch of its sequence that a row
    covers, 0-based and half-open. `sample`: the index of the row's sequence, ascending; the logits of a sequence
    are the mean over its rows.
    """

    ids: np.ndarray
    lengths: np.ndarray
    first_base: np.ndarray
    last_base: np.ndarray
    sample: np.ndarray


class Option(NamedTuple):
    """A setting of a family: what holds where none is given, and what makes a value of text, such as a click type."""

    default: object
    read: Callable[[object], object]


FRACTION = click.FloatRange(0, 1, max_open=True)


class Family(ABC):
    """A classifier of two classes over DNA, or a regression, with its tokens."""

    name: ClassVar[str]
    OPTIONS: ClassVar[Mapping[str, Option]]  # every one that `load` takes

    module: torch.nn.Module  # in evaluation mode after `load`; its weights are float32
    options: dict[str, object]
    outputs: int = CLASSES  # of the head
    rate: float | None = None  # learning rate by default; None: the study's
    shortest: int = 1  # bases of the shortest sequence that makes a token; chunks overlap by one less
    vocabulary: Vocabulary
    max_tokens: int | None  # None: no limit; special tokens count
    notes: list[str]  # what loading did that a reader of the card should know

    @classmethod
    @abstractmethod
    def load(
        cls,
        checkpoint: Path | None,
        *,
        seed: int,
        options: Mapping[str, object] | None = None,
        outputs: int = CLASSES,
    ) -> Family:
        """The model of a checkpoint folder with a head of so many outputs; the head is drawn from `seed` where the
        checkpoint has none.

        Raises
        ------
        InputError
            in one line, for each way in which a folder is not such a checkpoint: weights missing, left over or of
            another shape are named.
        """

    @property
    def pad_id(self) -> int:
        return self.vocabulary.pad

    def tokenize(
        self,
        sequences: Sequence[str],
        truncation: str = "tss",
        tss_index: int | None = None,
        names: Sequence[str] | None = None,
    ) -> Tokens:
        """Tokens of upper-case sequences of A, C, G, T, N; `truncation` says what is cut where one is too long.

        `names` are those by which faults name a record (default: its number, from 1).
        """
        names = names or [f"sequence {number}" for number in range(1, len(sequences) + 1)]
        letters.check(sequences, names, self.shortest)
        part = stretches(sequences, names, self._room, truncation, tss_index, self.shortest - 1)
        ids, lengths = self.vocabulary.encode(_cut(sequences, *part))
        return Tokens(ids, lengths, part.first.astype(np.int32), part.last.astype(np.int32), part.sample)

    def spans(self, sequences: Sequence[str], tokens: Tokens) -> np.ndarray:
        """First base and the base after the last of each token, in its whole sequence: int32 (rows, T, 2);
        (-1, -1) for special and padding tokens.
        """
        pieces = _cut(sequences, tokens.sample, tokens.first_base, tokens.last_base)
        found = self.vocabulary.spans(pieces, tokens.ids.shape[1])
        found += np.where(found >= 0, tokens.first_base[:, None, None], 0).astype(np.int32)
        return found

    def _room(self, sequences: Sequence[str], from_end: bool) -> np.ndarray:
        """How many bases at the start, or the end, of each sequence fit into `max_tokens`."""
        if self.max_tokens is None:
            return np.array([len(sequence) for sequence in sequences], np.int64)
        return self.vocabulary.room(sequences, self.max_tokens, from_end)

    @abstractmethod
    def logits(self, ids: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        """(rows, outputs) from int64 ids (rows, T). `mask` (rows, T) is true where a token is real; None: nothing is
        padded, which is faster.
        """

    def decays(self, name: str, weight: torch.nn.Parameter) -> bool:
        """Whether weight decay acts on a weight: by default not on biases and norms, which have one dimension."""
        return weight.ndim > 1

    def trainable(self) -> dict[str, torch.nn.Parameter]:
        """Name -> weight, of those that fine-tuning changes: all, or with LoRA the adapters and the head."""
        return {name: weight for name, weight in self.module.named_parameters() if weight.requires_grad}

    @abstractmethod
    def reset_head(self, seed: int) -> None:
        """Draw the classification head anew; every other weight stays."""

    @abstractmethod
    def save(self, folder: Path) -> None:
        """Write what was fine-tuned into an existing empty folder, in the published format, weights as safetensors;
        `saved_folder.open_saved` reads it.
        """

    def restore(self, folder: Path) -> None:
        """Take over the weights that `save` wrote; the model must be of the same checkpoint and options."""
        tensors = checkpoints.read(Path(folder) / checkpoints.SAFETENSORS)
        checkpoints.fill(self.module, tensors, source=folder, head=())

    @abstractmethod
    def digest(self) -> str:
        """SHA-256 over the loaded checkpoint's files and the options: what the untrained model rests on."""

    @abstractmethod
    def embedding(self) -> torch.nn.Module:
        """The part that turns ids (rows, T) into vectors (rows, T, width), before places or norms come in."""

    def base_tokens(self) -> np.ndarray:
        """Ids of the tokens that stand for known bases: neither special ones nor N."""
        return self.vocabulary.bases

    def self_attentions(self) -> list[SelfAttention] | list[WholeAttention]:
        """Those of all layers, from the first to the last; none in a model without attention."""
        return []

    def whole_attention(
        self, ids: torch.Tensor, mask: torch.Tensor | None
    ) -> tuple[Sequence[torch.Tensor], torch.Tensor]:
        """Weights (rows, heads, T, T) of each layer, where those are `WholeAttention`, and (rows, T): how much each
        token counts in what the head reads.
        """
        raise NotImplementedError

    def layers(self) -> list[torch.nn.Module]:
        """The modules whose outputs are the hidden states: the embeddings, then each layer in its order; where a norm
        follows the last layer, the norm stands in its place.

        Each returns a tensor (rows, T, width), or a tuple that begins with one. A family whose model is built otherwise
        gives `depth` and `hidden_states` instead.
        """
        raise NotImplementedError(f"{self.name} has neither layers nor hidden_states")

    @property
    def depth(self) -> int:
        """Number of layers; hidden state 0 is that of the embeddings, hidden state `depth` the last."""
        return len(self.layers()) - 1

    def hidden_states(self, ids: torch.Tensor, mask: torch.Tensor | None, numbers: Sequence[int]) -> list[torch.Tensor]:
        """Hidden states (rows, T, width) of these layers, from one forward pass; ids and mask as in `logits`."""
        found: dict[int, torch.Tensor] = {}

        def keep(number: int) -> Callable:
            def hook(module: torch.nn.Module, given: tuple, made: object) -> None:
                found[number] = made[0] if isinstance(made, tuple) else made

            return hook

        modules = self.layers()
        hooks = [modules[number].register_forward_hook(keep(number)) for number in numbers]
        try:
            self.logits(ids, mask)
        finally:
            for hook in hooks:
                hook.remove()
        return [found[number] for number in numbers]

    @abstractmethod
    def redraw(self, seed: int) -> None:
        """Draw every weight anew, so that nothing that was trained, here or before, is left."""


def score(logits):
    """(rows,): the logit of the positive class above that of the other; of a regression its first output.

    Of an array or a tensor (rows, outputs).
    """
    return logits[:, 1] - logits[:, 0] if logits.shape[1] == CLASSES else logits[:, 0]


def family_class(name: str) -> type[Family]:
    """The class of a family, whose module is imported only now."""
    if name not in FAMILIES:
        raise InputError(f"no model family {name}. {text.nearest(name, FAMILIES)}")
    module, _, attribute = FAMILIES[name].partition(":")
    return getattr(importlib.import_module(module), attribute)


def load(
    name: str,
    checkpoint: Path | None,
    *,
    seed: int,
    options: Mapping[str, object] | None = None,
    outputs: int = CLASSES,
    init: str = PRETRAINED,
) -> Family:
    """The model of family `name`, see `Family.load`; with `init` random its twin, see `_twin`."""
    kind = family_class(name)
    if init == RANDOM:
        options = without_lora(name, options)  # of random weights all have to be trained
    with out_of_memory.for_model(checkpoint or name):
        model = kind.load(checkpoint, seed=seed, options=options, outputs=outputs)
        return _twin(model, seed) if init == RANDOM else model


def without_lora(name: str, options: Mapping[str, object] | None) -> dict[str, object]:
    """Options of family `name` by which a model has no adapters."""
    return dict(options or {}) | ({"lora_r": 0} if "lora_r" in family_class(name).OPTIONS else {})


def _twin(model: Family, seed: int) -> Family:
    """The model with every weight drawn from `seed`: of a checkpoint it keeps the config and the tokenizer.

    Source: Vishniakov et al. (2026), Tokenization to Transfer, https://openreview.net/forum?id=4UY1NHG5Ge
    """
    model.redraw(seed)
    total = sum(weight.numel() for weight in model.module.parameters())
    model.notes = [f"randomly initialised: {total:,} weights, drawn with seed {seed}; none is the checkpoint's"]
    return model


def checked_options(family: type[Family], options: Mapping[str, object] | None) -> dict[str, object]:
    """All options of a family, as text or values; those not given, or given as None or "", are at their default."""
    found = {name: option.default for name, option in family.OPTIONS.items()}
    for name, value in (options or {}).items():
        if name not in found:
            raise InputError(f"{family.name}: no option {name}. {text.nearest(name, found)}")
        if value is not None and value != "":
            try:
                found[name] = family.OPTIONS[name].read(value)
                if found[name] != found[name]:
                    raise click.BadParameter(f"{value!r} is not a number.")
            except (click.BadParameter, TypeError) as fault:
                raise InputError(f"{family.name}, option {name}: {fault}") from None
    return found


def _cut(sequences: Sequence[str], sample: np.ndarray, first: np.ndarray, last: np.ndarray) -> list[str]:
    return [sequences[at][begin:end] for at, begin, end in zip(sample, first, last, strict=True)]
