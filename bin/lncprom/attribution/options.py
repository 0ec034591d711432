"""The options of score_attention.py. Imports nothing heavy, so that a typo is answered at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import click

from lncprom import cli
from lncprom.errors import InputError
from lncprom.inference import options as finetuning_options

CONTROLS = ("none", "random_init", "shuffled_labels")
BASELINES = ("mean", "pad")
SHOWN = {"show_default": True}


def options(command: Callable) -> Callable:
    """Add the options: which samples are explained, how, and on which device."""
    for option in reversed(
        (
            click.option(
                "--methods",
                type=cli.NAMES,
                default="auto",
                help="Methods by commas; auto: all but ism.",
                **SHOWN,
            ),
            click.option("--samples", type=int, default=200, help="Samples of each class; 0: all.", **SHOWN),
            click.option("--fold", default="test", help="Explain samples of this split.", **SHOWN),
            click.option("--sample", "named", multiple=True, help="Explain only this id; repeat the option."),
            click.option(
                "--sample-seed",
                type=click.IntRange(0),
                default=42,
                help="Seed of the choice.",
                **SHOWN,
            ),
            click.option(
                "--control",
                type=click.Choice(CONTROLS),
                default="none",
                help="none: the trained model and its randomly initialised twin; random_init: the twin alone; "
                "shuffled_labels: a model that was trained on shuffled labels.",
                **SHOWN,
            ),
            click.option("--steps", type=int, default=32, help="Steps of integrated gradients.", **SHOWN),
            click.option(
                "--baseline",
                type=click.Choice(BASELINES),
                default="mean",
                help="What they start from.",
                **SHOWN,
            ),
            click.option("--batch", type=int, default=16, help="Samples per batch.", **SHOWN),
        )
    ):
        command = option(command)
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


class Parsed(NamedTuple):
    """What is explained, and the machine that computes it (`device.Machine`)."""

    request: Request
    machine: object


def parsed(given: Mapping[str, object]) -> Parsed:
    """Check the options. Precision `auto` is fp32: scores are differences of logits, which bf16 would blur."""
    given = dict(given)
    device = {name: given.pop(name) for name in ("device", "require_gpu", "precision", "threads")}
    request = Request(dataset=given.pop("dataset_name"), **given)
    request.check()
    device["precision"] = "fp32" if device["precision"] == "auto" else device["precision"]
    return Parsed(request, finetuning_options.machine(device))
