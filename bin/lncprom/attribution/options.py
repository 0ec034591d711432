"""The options of score_attention.py. Imports nothing heavy, so that a typo is answered at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from lncprom import cli
from lncprom.errors import InputError
from lncprom.inference import options as finetuning_options

if TYPE_CHECKING:
    from lncprom.inference.device import Machine

CONTROLS = ("none", "random_init", "shuffled_labels")
BASELINES = ("mean", "pad")
_SHOWN = {"show_default": True}
_OPTIONS = {
    "--methods": {"type": cli.NAMES, "default": "auto", "help": "Methods by commas; auto: all but ism.", **_SHOWN},
    "--samples": {"type": int, "default": 200, "help": "Samples of each class; 0: all.", **_SHOWN},
    "--fold": {"default": "test", "help": "Explain samples of this split.", **_SHOWN},
    "--sample named": {"multiple": True, "help": "Explain only this id; repeat the option."},
    "--sample-seed": {"type": click.IntRange(0), "default": 42, "help": "Seed of the choice.", **_SHOWN},
    "--control": {
        "type": click.Choice(CONTROLS),
        "default": "none",
        "help": "none: the trained model and its randomly initialised twin; random_init: the twin alone; "
        "shuffled_labels: a model that was trained on shuffled labels.",
        **_SHOWN,
    },
    "--steps": {"type": int, "default": 32, "help": "Steps of integrated gradients.", **_SHOWN},
    "--baseline": {"type": click.Choice(BASELINES), "default": "mean", "help": "What they start from.", **_SHOWN},
    "--batch": {"type": int, "default": 16, "help": "Samples per batch.", **_SHOWN},
}


def options(command: Callable) -> Callable:
    """Add the options: which samples are explained, how, and on which device."""
    for name, given in reversed(_OPTIONS.items()):
        command = click.option(*name.split(), **given)(command)
    return finetuning_options.device_options(command)


@dataclass(frozen=True)
class Request:
    """Which model is explained, by which methods, on which samples.

    `control`: `none` for the trained model and its randomly initialised twin; `random_init` for the twin alone;
    `shuffled_labels` for a model that was trained on shuffled labels. `trained_on` is empty where it is `dataset`.
    """

    dataset: str
    model: str
    family: str
    seed: int
    methods: tuple[str, ...] = ("auto",)
    samples: int = 200
    fold: str = "test"
    named: tuple[str, ...] = ()
    sample_seed: int = 42
    control: str = "none"
    steps: int = 32
    baseline: str = "mean"
    batch: int = 16
    trained_on: str = ""

    @property
    def learnt_from(self) -> str:
        """Name of the data set that the model was trained on."""
        return self.trained_on or self.dataset

    def check(self) -> None:
        """Refuse names, methods and numbers that cannot be."""
        from lncprom.attribution import methods

        methods.check(self.methods)
        for name in ("steps", "batch"):
            if getattr(self, name) < 1:
                raise InputError(f"--{name} {getattr(self, name)}: is below 1. Give 1 or more.")


def parsed(given: Mapping[str, object]) -> tuple[Request, Machine]:
    """What is explained, and the machine that computes it.

    Precision `auto` is fp32: scores are differences of logits, which bf16 would blur.
    """
    given = dict(given)
    device = {name: given.pop(name) for name in ("device", "require_gpu", "precision", "threads")}
    request = Request(dataset=given.pop("dataset_name"), **given)
    request.check()
    device["precision"] = "fp32" if device["precision"] == "auto" else device["precision"]
    return request, finetuning_options.machine(device)
