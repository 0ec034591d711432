"""A short training of a tiny model, and who keeps its state."""

from __future__ import annotations

from pathlib import Path

from helpers_training import planted
from lncprom.training.resume_state import Keeper

FACTS = {"data": "0123456789abcdef", "model": "m", "settings": {"epochs": 3}}
RUN = {"epochs": 3, "batch": 8, "warmup_steps": 5}  # 96 in train: 12 steps an epoch


def keeper(folder: Path, steps: int = 5, **facts) -> Keeper:
    return Keeper(folder, "toy.tiny.seed7", FACTS | facts, steps, 0)


def data():
    return planted(128, ragged=True)
