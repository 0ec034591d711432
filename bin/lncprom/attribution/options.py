"""The options of score_attention.py, turned into what the package takes; light, so that a typo is answered at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import click

from lncprom import cli
from lncprom.inference import options as finetuning_options

CONTROLS = ("none", "random_init", "shuffled_labels")
BASELINES = ("mean", "pad")
SHOWN = {"show_default": True}


def options(command: Callable) -> Callable:
    """Which samples are explained, how, and where it is computed."""
    for option in reversed(
        (
            click.option("--methods", type=cli.NAMES, default="auto", help="By commas; auto: all but ism.", **SHOWN),
            click.option("--samples", type=int, default=200, help="Of each class; 0: all.", **SHOWN),
            click.option("--fold", default="test", help="Samples of this fold.", **SHOWN),
            click.option("--sample", "named", multiple=True, help="Only this one, by its id; repeat the option."),
            click.option("--sample-seed", type=click.IntRange(0), default=42, help="Of choice and redrawing.", **SHOWN),
            click.option(
                "--control",
                type=click.Choice(CONTROLS),
                default="none",
                help="none: the trained model and, beside it, all weights drawn anew; random_init: only those; "
                "shuffled_labels: that is how the model was trained.",
                **SHOWN,
            ),
            click.option("--steps", type=int, default=32, help="Of integrated gradients.", **SHOWN),
            click.option("--baseline", type=click.Choice(BASELINES), default="mean", help="Of the same.", **SHOWN),
            click.option("--batch", type=int, default=16, help="Samples at a time.", **SHOWN),
        )
    ):
        command = option(command)
    return finetuning_options.device_options(command)


class Parsed(NamedTuple):
    """`explaining.Request`, `precision.Machine`."""

    request: object
    machine: object


def parsed(given: Mapping[str, object]) -> Parsed:
    """What the options ask for, checked. Precision `auto` is fp32: scores are differences of logits that bf16 blurs."""
    from lncprom.attribution import explain

    given = dict(given)
    device = {name: given.pop(name) for name in ("device", "require_gpu", "precision", "threads")}
    request = explain.Request(dataset=given.pop("dataset_name"), **given)
    request.check()
    device["precision"] = "fp32" if device["precision"] == "auto" else device["precision"]
    return Parsed(request, finetuning_options.machine(device))
