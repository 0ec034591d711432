"""A small convolutional network that knows where the TSS is, trained from scratch: the baseline of the models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import click
import torch
from torch import nn

from lncprom.errors import InputError
from lncprom.models import base, checkpoints, saved_folder
from lncprom.models.base import Option
from lncprom.models.vocabulary import Kmers

_FIRST, _SECOND, _POOL = 13, 5, 4
_END = 5  # id of what is behind a sequence's end; A, T, C, G, N are 0 to 4


class Letters(nn.Module):
    """One of four for each base; nothing for an N and behind the end."""

    def __init__(self) -> None:
        super().__init__()
        self.bases = nn.Buffer(torch.cat([torch.eye(4), torch.zeros(2, 4)]), persistent=False)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return self.bases[ids]


class Network(nn.Module):
    """Convolution over 13 bases, a learned value for each place, pooling by 4, convolution over 5, the maximum.

    Places count from the sequence's last base, which lies 50 bases behind the TSS at every window length. What
    is padded has no part in the result: it is 0 wherever a maximum is taken of values that are 0 or more.
    """

    def __init__(self, width: int, positions: int, dropout: float, outputs: int) -> None:
        super().__init__()
        self.letters = Letters()
        self.first = nn.Conv1d(4, width, _FIRST, padding="same")
        self.position = nn.Parameter(torch.zeros(positions, width))
        self.pool = nn.MaxPool1d(_POOL, ceil_mode=True)
        self.second = nn.Conv1d(width, width, _SECOND, padding="same")
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(width, outputs)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return self.classifier(self.dropout(self.pooled(ids).amax(dim=2)))

    def pooled(self, ids: torch.Tensor) -> torch.Tensor:
        """(rows, width, T / 4, rounded up): what the second convolution finds."""
        real = ids != _END
        place = (real.sum(dim=1, keepdim=True) - 1 - torch.arange(ids.shape[1], device=ids.device)).clamp(min=0)
        x = self.first(self.letters(ids).transpose(1, 2)) + self.position[place].transpose(1, 2)
        x = self.pool(torch.relu(x) * real[:, None])
        return torch.relu(self.second(x)) * self.pool(real[:, None].to(x.dtype))


class CNN(base.Family):
    name = "cnn"
    OPTIONS: ClassVar[Mapping[str, Option]] = {
        "hidden": Option(64, click.IntRange(1)),
        "max_tokens": Option(2000, click.IntRange(16)),  # bases; each has a learned place
        "dropout": Option(0.0, base.FRACTION),
    }

    def __init__(self, options: dict[str, object], seed: int, outputs: int) -> None:
        self.options, self.max_tokens, self.outputs = options, options["max_tokens"], outputs
        self.vocabulary = Kmers(1, range(4), pad=_END, unknown=4)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.module = Network(options["hidden"], options["max_tokens"], options["dropout"], outputs).eval()
        total = sum(weight.numel() for weight in self.module.parameters())
        self.notes = [f"trained from scratch: {total:,} weights, drawn with seed {seed}"]

    @classmethod
    def load(
        cls,
        checkpoint: Path | None,
        *,
        seed: int,
        options: Mapping[str, object] | None = None,
        outputs: int = base.CLASSES,
    ) -> CNN:
        if checkpoint is not None:
            raise InputError(f"{checkpoint}: the family cnn is trained from scratch; leave its checkpoint empty")
        return cls(base.checked_options(cls, options), seed, outputs)

    def logits(self, ids: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        return self.module(ids)

    def reset_head(self, seed: int) -> None:
        checkpoints.draw([self.module.classifier], seed, None)

    def redraw(self, seed: int) -> None:
        checkpoints.draw([self.module], seed, None)

    depth = 0  # one hidden state only, that before the head

    def hidden_states(self, ids: torch.Tensor, mask: torch.Tensor | None, numbers: Sequence[int]) -> list[torch.Tensor]:
        found = self.module.pooled(ids).transpose(1, 2).repeat_interleave(_POOL, dim=1)[:, : ids.shape[1]]
        return [found for _ in numbers]

    def embedding(self) -> nn.Module:
        return self.module.letters

    def save(self, folder: Path) -> None:
        checkpoints.write(self.module, {"model_type": "lncprom_cnn"} | self.options, folder)
        saved_folder.write_record(self, folder, "model")

    def digest(self) -> str:
        return checkpoints.digest([], {"family": self.name} | self.options)
