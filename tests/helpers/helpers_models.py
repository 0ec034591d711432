"""What tests of the families share: random DNA, and ids as the models take them."""

from __future__ import annotations

import numpy as np
import torch

FAMILIES = ("dnabert", "dnabert2", "nucleotide_transformer")


def random_dna(*lengths: int, seed: int = 0, letters: str = "ACGT") -> list[str]:
    chance = np.random.default_rng(seed)
    return ["".join(chance.choice(list(letters), size=length)) for length in lengths]


def inputs(model, sequences, **how) -> tuple[torch.Tensor, torch.Tensor]:
    """Ids and mask of sequences."""
    ids = torch.from_numpy(model.tokenize(sequences, **how).ids).long()
    return ids, ids != model.pad_id


def logits(model, sequences, **how) -> torch.Tensor:
    with torch.no_grad():
        return model.logits(*inputs(model, sequences, **how))


def learn(model, sequences, steps: int = 3) -> None:
    """A few steps of training, so that nothing is at its first value any more."""
    ids, mask = inputs(model, sequences)
    label = torch.arange(len(sequences)) % 2
    optimizer = torch.optim.AdamW(model.trainable().values(), lr=1e-2)
    for _ in range(steps):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model.logits(ids, mask), label).backward()
        optimizer.step()
