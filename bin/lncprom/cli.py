"""Option types that every script in bin/ shares, so that paths and lists are checked in one way.

Paths are checked against each other too: what one option writes, no other may read or write.
"""

from __future__ import annotations

import os
from pathlib import Path

import click

from lncprom import __version__
from lncprom.errors import InputError


def _claim(path: Path, written: bool, param: click.Parameter | None, ctx: click.Context | None, whole=False) -> Path:
    """The path itself, where no other option of the call writes to it, nor reads it if this one writes.

    `whole`: a folder that is replaced with all that lies in it.
    """
    if ctx is None:
        return path
    claimed = ctx.meta.setdefault(__name__, [])
    place = path.resolve()
    for other, other_written, other_whole, flag in claimed:
        inside = (other_whole and other in place.parents) or (whole and place in other.parents)
        if (place == other or inside) and (written or other_written):
            fault = "which would both write it" if written and other_written else "so what is read would be overwritten"
            raise InputError(f"{path}: given to {flag} and to {_flag(param)}, {fault}; give another path to write to")
    claimed.append((place, written, whole, _flag(param)))
    return path


class _Input(click.ParamType):
    """A file that can be read and is not empty; the fault is met before anything heavy is imported."""

    name = "file"

    def convert(self, value, param, ctx) -> Path:
        path = Path(value)
        if not path.exists():
            raise InputError(f"{path}: no such file; check the path given to {_flag(param)}")
        if path.is_dir():
            raise InputError(f"{path}: a folder, {_flag(param)} takes a file")
        if not os.access(path, os.R_OK):
            raise InputError(f"{path}: not readable; check its permissions")
        if path.is_file() and path.stat().st_size == 0:
            raise InputError(f"{path}: empty; was its download or export interrupted?")
        return _claim(path, False, param, ctx)


class _Folder(click.ParamType):
    """A folder that exists."""

    name = "folder"

    def convert(self, value, param, ctx) -> Path:
        path = Path(value)
        if not path.is_dir():
            raise InputError(f"{path}: no such folder; check the path given to {_flag(param)}")
        return _claim(path, False, param, ctx)


class _OutputFolder(click.ParamType):
    """A folder that will hold outputs; made, when there is something to write, where only its parent exists."""

    name = "folder"

    def __init__(self, replaced: bool = False) -> None:
        self.replaced = replaced

    def convert(self, value, param, ctx) -> Path:
        path = Path(value)
        if path.exists() and not path.is_dir():
            raise InputError(f"{path}: a file, {_flag(param)} takes a folder")
        nearest = path if path.is_dir() else path.parent
        if not nearest.is_dir():
            raise InputError(f"{path}: there is no folder {nearest} to make it in; make that first")
        if not os.access(nearest, os.W_OK):
            raise InputError(f"{path}: the folder {nearest} is not writable; choose another")
        return _claim(path, True, param, ctx, self.replaced)


class _StateFolder(click.ParamType):
    """A folder of what a run needs to go on after a stop, made with its parents where it is missing."""

    name = "folder"

    def convert(self, value, param, ctx) -> Path:
        path = Path(value)
        if path.exists() and not path.is_dir():
            raise InputError(f"{path}: a file, {_flag(param)} takes a folder")
        return _claim(path, True, param, ctx)


class _Output(click.ParamType):
    """A path that will be written; its folder must exist and be writable."""

    name = "file"

    def convert(self, value, param, ctx) -> Path:
        path = Path(value)
        if path.is_dir():
            raise InputError(f"{path}: a folder, {_flag(param)} takes the name of a file to write")
        parent = path.parent
        if not parent.is_dir():
            raise InputError(f"{path}: there is no folder {parent} to write it to; make it first")
        if not os.access(parent, os.W_OK):
            raise InputError(f"{path}: the folder {parent} is not writable; choose another")
        return _claim(path, True, param, ctx)


class _List(click.ParamType):
    """Comma-separated values, each converted by `item`; empty entries are faults, and repeats unless allowed."""

    def __init__(self, item: type, repeats: bool = False) -> None:
        self.item, self.repeats = item, repeats
        self.name = {int: "whole numbers", float: "numbers", str: "names"}[item] + ", by commas"

    def convert(self, value, param, ctx) -> tuple:
        if isinstance(value, tuple):
            return value
        parts = [part.strip() for part in str(value).split(",")]
        try:
            values = tuple(self.item(part) for part in parts if part or self.fail("an empty entry", param, ctx))
        except ValueError:
            self.fail(f"{value!r} is not a list of {self.name}", param, ctx)
        if not self.repeats and len(set(values)) != len(values):
            self.fail(f"{value!r} names something twice", param, ctx)
        return values


def _flag(param: click.Parameter | None) -> str:
    return param.opts[0] if param is not None else "this option"


INPUT = _Input()
FOLDER = _Folder()
OUTPUT = _Output()
OUTPUT_FOLDER = _OutputFolder()
STATE_FOLDER = _StateFolder()
REPLACED_FOLDER = _OutputFolder(replaced=True)
INTEGERS = _List(int)
NUMBERS = _List(float)
NAMES = _List(str)
SHARES = _List(float, repeats=True)
SHARE = click.FloatRange(0, 1)

version_option = click.version_option(__version__, prog_name="lncprom", message="%(prog)s %(version)s")
SEED = click.IntRange(0, 2**32 - 1)  # whatever takes a seed takes one of 32 bits
seed_option = click.option("--seed", type=SEED, default=42, show_default=True, help="Seed of all chance.")
bootstrap_option = click.option(
    "--bootstrap", type=click.IntRange(0), default=1000, show_default=True, help="Replicates; 0: no intervals."
)
confidence_option = click.option(
    "--confidence",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.95,
    show_default=True,
    help="Share that an interval covers.",
)
upstream_option = click.option(
    "--upstream",
    type=INPUT,
    multiple=True,
    help="Card (JSON) of an earlier step, carried into this one's; repeat the option.",
)
