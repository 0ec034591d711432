"""Option types that all scripts in bin/ share.

Paths are also compared with each other: what one option writes, no other option may read or write.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from functools import partial, reduce
from pathlib import Path

import click

from lncprom import __version__
from lncprom.errors import InputError


class _Path(click.ParamType):
    """A path that `check` accepts, and that no other option writes, or reads while this one writes.

    `check` raises before anything heavy is imported. `replaced`: a folder that is replaced with its content.
    """

    def __init__(self, name: str, check: Callable[[Path, str], None], written: bool, replaced: bool = False) -> None:
        self.name, self.check, self.written, self.replaced = name, check, written, replaced

    def convert(self, value, param, ctx) -> Path:
        path, flag = Path(value), param.opts[0]
        self.check(path, flag)
        place, claimed = path.resolve(), ctx.meta.setdefault(__name__, [])
        for other, other_written, other_replaced, other_flag in claimed:
            inside = (other_replaced and other in place.parents) or (self.replaced and place in other.parents)
            if (place == other or inside) and (self.written or other_written):
                both = self.written and other_written
                fault = "so both would write it" if both else "so the input would be overwritten"
                raise InputError(f"{path}: given to {other_flag} and to {flag}, {fault}. Give the output another path.")
        claimed.append((place, self.written, self.replaced, flag))
        return path


def _input(path: Path, flag: str) -> None:
    """Refuse what is not a readable file with content."""
    if not path.exists():
        raise InputError(f"{path}: no such file. Check the path of {flag}.")
    if path.is_dir():
        raise InputError(f"{path}: a folder. Give {flag} a file.")
    if not os.access(path, os.R_OK):
        raise InputError(f"{path}: not readable. Check its permissions.")
    if path.is_file() and path.stat().st_size == 0:
        raise InputError(f"{path}: empty. Download or export it again.")


def _folder(path: Path, flag: str) -> None:
    """Refuse what is not a folder."""
    if not path.is_dir():
        raise InputError(f"{path}: no such folder. Check the path of {flag}.")


def _output(path: Path, flag: str) -> None:
    """Refuse a file that cannot be written."""
    if path.is_dir():
        raise InputError(f"{path}: a folder. Give {flag} the name of a file.")
    _refuse_unwritable(path, path.parent)


def _output_folder(path: Path, flag: str) -> None:
    """Refuse a folder that cannot be written or created in its parent."""
    _state_folder(path, flag)
    _refuse_unwritable(path, path if path.is_dir() else path.parent)


def _state_folder(path: Path, flag: str) -> None:
    """Refuse a file in place of a folder, which is created with its parents where it is missing."""
    if path.exists() and not path.is_dir():
        raise InputError(f"{path}: a file. Give {flag} a folder.")


def _refuse_unwritable(path: Path, folder: Path) -> None:
    if not folder.is_dir():
        raise InputError(f"{path}: no folder {folder}. Create it first.")
    if not os.access(folder, os.W_OK):
        raise InputError(f"{path}: the folder {folder} is not writable. Choose another.")


class _List(click.ParamType):
    """Values separated by commas, each converted by `item`; empty entries are refused, and repeats unless allowed."""

    def __init__(self, item: type, repeats: bool = False) -> None:
        self.item, self.repeats = item, repeats
        self.name = {float: "numbers", int: "whole numbers", str: "names"}[item] + " separated by commas"

    def convert(self, value, param, ctx) -> tuple:
        if isinstance(value, tuple):
            return value
        parts = [part.strip() for part in str(value).split(",")]
        try:
            values = tuple(self.item(part) for part in parts if part or self.fail("an empty entry", param, ctx))
        except ValueError:
            self.fail(f"{value!r} is not a list of {self.name}", param, ctx)
        if not self.repeats and len(set(values)) != len(values):
            self.fail(f"{value!r} repeats a value", param, ctx)
        return values


class _Name(click.ParamType):
    """A name that file names and tables can hold."""

    name = "name"

    def convert(self, value, param, ctx) -> str:
        if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", value):
            allowed = "Use letters, digits, _ . - only; no . or - first."
            raise InputError(f"{param.opts[0]} {value!r}: not a name. {allowed}")
        return value


def say(*lines: str) -> None:
    """Print lines to stderr."""
    click.echo("\n".join(lines), err=True)


def options(*several: Callable) -> Callable:
    """Several options as one decorator, in their order in the help."""
    return lambda main: reduce(lambda made, add: add(made), reversed(several), main)


def command(show_default: bool = True, **settings) -> Callable:
    """As `click.command`, with the option --version; its help shows the default of every option."""
    version = click.version_option(__version__, prog_name="lncprom", message="%(prog)s %(version)s")
    made = click.command(context_settings={"show_default": show_default}, **settings)
    return lambda main: version(made(main))


INPUT = _Path("file", _input, written=False)
FOLDER = _Path("folder", _folder, written=False)
OUTPUT = _Path("file", _output, written=True)
OUTPUT_FOLDER = _Path("folder", _output_folder, written=True)
STATE_FOLDER = _Path("folder", _state_folder, written=True)
REPLACED_FOLDER = _Path("folder", _output_folder, written=True, replaced=True)
NAME = _Name()
NUMBERS = _List(float)
INTEGERS = _List(int)
NAMES = _List(str)
SHARES = _List(float, repeats=True)
SHARE = click.FloatRange(0, 1)

name_option = click.option("--name", type=NAME, required=True, help="The data set's name.")
SEED = click.IntRange(0, 2**32 - 1)  # every generator accepts a seed of 32 bits
option = partial(click.option, show_default=True)  # for a script whose help shows no other default
seed_option = option("--seed", type=SEED, default=42, help="Seed of all random choices.")
split_option = option("--split", type=click.IntRange(1), default=1, help="Which of several assignments of folds.")
fraction_option = option(
    "--train-fraction",
    type=click.FloatRange(0, 1, min_open=True),
    default=1,
    help="Fraction of train to train on, drawn by the seed.",
)
_BETWEEN_0_AND_1 = click.FloatRange(0, 1, min_open=True, max_open=True)
confidence_option = option("--confidence", type=_BETWEEN_0_AND_1, default=0.95, help="Confidence level of intervals.")
upstream_option = click.option("--upstream", type=INPUT, multiple=True, help="Card (JSON) of an earlier step; repeat.")
