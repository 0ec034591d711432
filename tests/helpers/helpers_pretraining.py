"""A tiny DNABERT of single bases pre-trained on sequences in seconds: masked tokens are predicted from the others."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from transformers import BertConfig, BertForMaskedLM

import tiny_checkpoints

_MASK, _CLS, _SEP = 4, 2, 3  # of tiny_checkpoints.dnabert, whose bases follow in the order A, T, C, G
_IDS = {base: number for number, base in enumerate("ATCG", start=5)}
_MASKED = 0.3  # of the bases: more than the usual 0.15, since the steps are few


def pretrained(folder: Path, sequences: Sequence[str], steps: int = 400, batch: int = 64, seed: int = 0) -> Path:
    """A checkpoint in `folder` whose encoder was trained to restore masked bases of sequences of one length."""
    tiny_checkpoints.dnabert(folder, k=1, seed=seed)
    sizes = tiny_checkpoints.TINY | {"max_position_embeddings": 64}
    model = BertForMaskedLM(BertConfig(vocab_size=9, hidden_dropout_prob=0, attention_probs_dropout_prob=0, **sizes))
    published = load_file(folder / "model.safetensors")
    model.load_state_dict(published, strict=False)
    ids = torch.tensor([[_CLS, *(_IDS[base] for base in text), _SEP] for text in sequences])
    draw, optimizer = np.random.default_rng(seed), torch.optim.AdamW(model.parameters(), lr=3e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=steps)
    for _ in range(steps):
        true = ids[draw.integers(len(ids), size=batch)]
        masked = torch.from_numpy(draw.random(true.shape) < _MASKED) & (true > _MASK)
        loss = model(input_ids=true.masked_fill(masked, _MASK), labels=true.masked_fill(~masked, -100)).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    trained = {n: weight.detach().clone() for n, weight in model.state_dict().items() if n in published}
    save_file({**published, **trained}, folder / "model.safetensors", metadata={"format": "pt"})
    return folder
