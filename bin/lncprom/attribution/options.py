"""The options of score_attention.py. Imports nothing heavy, so that a typo is answered at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from lncprom import cli
from lncprom.inference import options as finetuning_options

if TYPE_CHECKING:
    from lncprom.inference.device import Machine

CONTROLS = ("none", "random_init", "shuffled_labels")
BASELINES = ("mean", "pad")
# which samples are explained, how, and on which device
options = cli.options(
    finetuning_options.device_options,
    cli.option("--methods", type=cli.NAMES, default="auto", help="Methods by commas; auto: all but ism."),
    cli.option("--samples", type=click.IntRange(0), default=200, help="Samples of each class; 0: all."),
    cli.option("--fold", default="test", help="Explain samples of this split."),
    cli.option("--sample", "named", multiple=True, help="Explain only this id; repeat the option."),
    cli.option("--sample-seed", type=click.IntRange(0), default=42, help="Seed of the choice."),
    cli.option(
        "--control",
        type=click.Choice(CONTROLS),
        default="none",
        help="none: the trained model and its randomly initialised twin; random_init: the twin alone; "
        "shuffled_labels: a model that was trained on shuffled labels.",
    ),
    cli.option("--steps", type=click.IntRange(1), default=32, help="Steps of integrated gradients."),
    cli.option("--baseline", type=click.Choice(BASELINES), default="mean", help="What they start from."),
    cli.option("--batch", type=click.IntRange(1), default=16, help="Samples per batch."),
)


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


def parsed(given: dict[str, object]) -> tuple[Request, Machine]:
    """What is explained, and the machine that computes it.

    Precision `auto` is fp32: scores are differences of logits, which bf16 would blur.
    """
    from lncprom.attribution import methods

    device = {name: given.pop(name) for name in ("device", "require_gpu", "precision", "threads")}
    request = Request(dataset=given.pop("name"), **given)
    methods.check(request.methods)
    device["precision"] = "fp32" if device["precision"] == "auto" else device["precision"]
    return request, finetuning_options.machine(device)
