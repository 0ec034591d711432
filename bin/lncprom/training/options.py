"""The options of finetune.py: each a column of the models sheet or a parameter, turned into what the package takes."""

from __future__ import annotations

from collections.abc import Mapping

import click

from lncprom import cli
from lncprom.errors import InputError
from lncprom.inference.options import TRUNCATIONS, device_options, machine

INITS = ("pretrained", "random")  # models.base.INITS, without importing torch

# all but the inputs and outputs of finetune.py
options = cli.options(
    device_options,
    click.option(
        "--family",
        required=True,
        help="cnn, dnabert, dnabert2, nucleotide_transformer, hyenadna or huggingface.",
    ),
    click.option("--model", type=cli.NAME, help="The model's name in the predictions.  [default: the family]"),
    click.option("--checkpoint", type=cli.FOLDER, help="Folder of the pretrained model; cnn has none."),
    click.option("--option", "options", multiple=True, metavar="NAME=VALUE", help="Of the family; repeat it."),
    cli.option("--init", type=click.Choice(INITS), default=INITS[0], help="Weights: the checkpoint's, or random."),
    cli.option("--truncation", type=click.Choice(TRUNCATIONS), default="tss", help="Of long ones."),
    cli.option("--epochs", type=int, default=4, help="Times each sequence is seen."),
    cli.option("--batch", type=int, default=32, help="Sequences a step."),
    click.option("--micro-batch", type=int, default=0, help="Sequences at a time.  [default: the batch]"),
    click.option(
        "--learning-rate",
        type=float,
        help="At its highest.  [default: 3e-5; LoRA 1e-4; hyenadna 6e-4; from scratch 2e-3]",
    ),
    cli.option("--rate-factor", type=float, default=1.0, help="The learning rate times this: a trial of settings."),
    cli.option("--warmup-steps", type=int, default=50, help="Steps until then."),
    cli.option("--weight-decay", type=float, default=0.01, help="Of matrices, not of biases."),
    cli.option("--clip", type=float, default=1.0, help="Greatest norm of a gradient."),
    cli.option("--restarts", type=int, default=2, help="After a collapse, at most."),
    click.option("--shuffle-labels", is_flag=True, help="Of train and dev, by the seed: a control that cannot learn."),
    click.option(
        "--checkpoint-dir", type=cli.STATE_FOLDER, help="Where to save the run's state, to go on after a stop."
    ),
    cli.option("--save-steps", type=int, default=0, help="Save after so many; 0: never."),
    cli.option(
        "--save-seconds", type=float, default=60, help="Save after so many, or fifty times what a save takes; 0: never."
    ),
    click.option("--code", default="", help="Digest of the code; a state of other code is not gone on from."),
)


def parsed(name: str, seed: int, given: Mapping[str, object]) -> tuple:
    """`finetune.Request`, `run.Settings` and `device.Machine` that the options ask for."""
    from lncprom.training import finetune, run

    given = dict(given)
    chosen = machine(given)
    for key in ("device", "require_gpu", "threads"):
        given.pop(key)
    loop = ("epochs", "batch", "micro_batch", "warmup_steps", "weight_decay", "clip", "restarts")
    settings = run.Settings(seed=seed, **{key: given.pop(key) for key in loop})
    given |= {"model": given["model"] or given["family"], "options": family_options(given["options"])}
    return finetune.Request(dataset=name, **given), settings, chosen


def family_options(given: tuple[str, ...]) -> dict[str, str]:
    """`("lora_r=4",)` as a mapping.

    >>> family_options(("lora_r=4", "dropout=0.1"))
    {'lora_r': '4', 'dropout': '0.1'}
    """
    found: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not (equals and name):
            raise InputError(f"--option {text!r}: no NAME=VALUE; write it like lora_r=8")
        if name in found:
            raise InputError(f"--option {name}: given twice; leave one out")
        found[name] = value
    return found
