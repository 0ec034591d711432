"""The command line options that say where and how exactly to compute."""

from __future__ import annotations

from collections.abc import Mapping

import click

from lncprom import cli
from lncprom.errors import InputError

TRUNCATIONS = ("tss", "right", "left", "chunk", "error")
_MOST_THREADS = 4096  # more than any machine has cores; far more cannot be started
# where and how exactly to compute
device_options = cli.options(
    cli.option(
        "--precision",
        type=click.Choice(["auto", "bf16", "fp32"]),
        default="auto",
        help="Of matrix products; auto: bf16 on GPUs that have it, else fp32.",
    ),
    cli.option("--device", type=click.Choice(["cuda", "cpu"]), default="cpu", help="Where."),
    click.option(
        "--require-gpu/--no-require-gpu",
        default=False,
        help="Stop where no GPU can be used, instead of computing on the CPU.",
    ),
    click.option("--threads", type=int, default=0, help="CPU threads.  [default: all that may be used]"),
)

# which trained models, and how they read sequences
model_options = cli.options(
    click.option(
        "--model-dir",
        type=cli.FOLDER,
        multiple=True,
        required=True,
        help="Folder that finetune.py, train_baseline.py or make_release.py wrote; repeat for a mean over models.",
    ),
    click.option(
        "--checkpoint",
        type=cli.FOLDER,
        multiple=True,
        help="With LoRA: folder of the pretrained model; once for all, or once for each --model-dir.",
    ),
    click.option(
        "--truncation",
        type=click.Choice(TRUNCATIONS),
        help="Of sequences that are too long.  [default: as in training]",
    ),
    click.option("--tss-index", type=int, help="0-based index of the TSS in each sequence.  [default: as in training]"),
    cli.option("--batch", type=int, default=128, help="Sequences at a time; on a CPU 4,096 tokens at most."),
)

panels_option = cli.option(
    "--panels",
    type=click.IntRange(0),
    default=3,
    help="Sequences that the page shows base by base; each costs some hundred more.",
)


def machine(given: Mapping[str, object]):
    """The `precision.Machine` that the options of `device_options` ask for; said at once where it is another."""
    from lncprom.inference import device

    if not 0 <= given["threads"] <= _MOST_THREADS:
        raise InputError(f"--threads {given['threads']}: 1 to {_MOST_THREADS:,}; 0 for all that may be used")
    chosen = device.choose(given["device"], given["require_gpu"], given["precision"], given["threads"])
    if chosen.note:
        click.echo(chosen.note, err=True)
    return chosen
