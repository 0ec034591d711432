"""A model of a few hundred weights in which every part of a training run can be seen, and data for it."""

from __future__ import annotations

import hashlib

import numpy as np
import torch

from lncprom.inference import batches, device
from lncprom.models import letters
from lncprom.models.base import Family, Tokens
from lncprom.models.vocabulary import Kmers
from lncprom.training import loop, run
from lncprom.training.signals import Listener

CPU = device.Machine(torch.device("cpu"), "fp32", "CPU", 1)


class Net(torch.nn.Module):
    """A motif scanner: embedding, convolution, the best place, a linear head."""

    def __init__(self, dropout: float) -> None:
        super().__init__()
        self.embedding = torch.nn.Embedding(6, 8, padding_idx=0)
        self.scan = torch.nn.Conv1d(8, 16, 6)
        self.norm = torch.nn.LayerNorm(16)
        self.dropout = torch.nn.Dropout(dropout)
        self.head = torch.nn.Linear(16, 2)

    def forward(self, ids, mask=None):
        found = torch.relu(self.scan(self.embedding(ids).transpose(1, 2)))
        if mask is not None:
            found = found.masked_fill(~mask[:, None, 5:], 0.0)  # places whose last base is padding
        return self.head(self.dropout(self.norm(found.amax(2))))


class TinyFamily:
    """What `training` needs of a family; one token a base, cut into chunks of `max_tokens` where it has that."""

    name, pad_id, notes, outputs, rate = "tiny", 0, (), 2, None
    decays = Family.decays
    vocabulary = Kmers(1, ["NACGT".index(base) + 1 for base in letters.ORDER], pad=0, unknown=1)

    def __init__(self, seed: int = 1, dropout: float = 0.1, max_tokens: int | None = None) -> None:
        self.options, self.max_tokens = {"dropout": dropout}, max_tokens
        with torch.random.fork_rng([]):
            torch.manual_seed(seed)
            self.module = Net(dropout).eval()

    def tokenize(self, sequences, truncation="tss", tss_index=None, names=None) -> Tokens:
        step = self.max_tokens or 10**9
        stretches = [
            (at, begin, min(begin + step, len(sequence)))
            for at, sequence in enumerate(sequences)
            for begin in range(0, len(sequence), step)
        ]
        ids = np.zeros((len(stretches), max(end - begin for _, begin, end in stretches)), np.int32)
        for row, (at, begin, end) in zip(ids, stretches, strict=True):
            row[: end - begin] = self.vocabulary.encode([sequences[at][begin:end]])[0]
        sample, first, last = np.array(stretches, np.int32).T
        return Tokens(ids, last - first, first, last, sample)

    def logits(self, ids, mask=None):
        return self.module(ids, mask)

    def trainable(self):
        return dict(self.module.named_parameters())

    def digest(self) -> str:
        return hashlib.sha256(repr(sorted(self.options.items())).encode()).hexdigest()


def encode(sequences: list[str], family: TinyFamily | None = None) -> batches.Encoded:
    family = family or TinyFamily()
    return batches.Encoded.of(family.tokenize(sequences), len(sequences))


def planted(number: int = 256, length: int = 40, seed: int = 1, shuffled: bool = False, ragged: bool = False):
    """Train and dev of which every other sequence holds TATAAA somewhere; with `shuffled` labels it says nothing."""
    draw = np.random.default_rng(seed)
    texts, label = [], np.arange(number) % 2
    for positive in label:
        size = int(draw.integers(length // 2, length + 1)) if ragged else length
        text = "".join("ACG"[code] for code in draw.integers(3, size=size))
        at = int(draw.integers(size - 6))
        texts.append(text[:at] + "TATAAA" + text[at + 6 :] if positive else text)
    if shuffled:
        label = draw.permutation(label)
    cut = number * 3 // 4
    return run.Data(encode(texts[:cut]), label[:cut], encode(texts[cut:]), label[cut:])


def fit(family, data, told=None, **settings):
    """`training.train` with defaults that learn the planted motif within a second or two."""
    given = {"epochs": 6, "batch": 16, "learning_rate": 2e-2, "warmup_steps": 5, "seed": 7, "restarts": 0} | settings
    extra = {name: given.pop(name) for name in ("keeper", "state", "attempt", "listener") if name in given}
    listener = extra.pop("listener", None) or Listener()
    tell = (told if told is not None else []).append
    with torch.random.fork_rng([]):
        return loop.train(family, data, run.Settings(**given), CPU, listener, tell, **extra)


def weights(family) -> dict[str, bytes]:
    return {name: weight.detach().numpy().tobytes() for name, weight in family.trainable().items()}
