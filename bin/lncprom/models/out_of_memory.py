"""A lack of memory: recognised whatever library tells it, and said in one line where nothing can be made smaller."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from lncprom.errors import InputError

# What torch says: of a GPU, of main memory, and within its libraries, which have no class of exception for it.
_SAID = ("out of memory", "can't allocate memory", "Allocator: not enough memory", "_STATUS_ALLOC_FAILED")
# Of a size beyond what can be counted.
_BEYOND = ("Storage size calculation overflowed", "Overflow when unpacking long")
FAULTS = (RuntimeError, MemoryError)  # torch.OutOfMemoryError is a RuntimeError


class NoMemory(click.ClickException):
    """Not even the smallest part fits: exit code 1."""

    exit_code = 1


def is_out_of_memory(fault: BaseException) -> bool:
    """Whether a lack of memory, of a GPU or of the machine, lies behind a failure."""
    if isinstance(fault, MemoryError) or type(fault).__name__ == "OutOfMemoryError":  # torch's, without importing it
        return True
    return any(words in str(fault) for words in _SAID)


def is_too_large(fault: BaseException) -> bool:
    """Whether building a model failed by its size, which may be beyond any memory."""
    return is_out_of_memory(fault) or any(words in str(fault) for words in _BEYOND)


def one_sequence(machine: str, tokens: int) -> NoMemory:
    """The fault where a batch cannot be halved any more."""
    return NoMemory(
        f"{machine}: no memory for one sequence of {tokens:,} tokens; "
        "take a machine with more, a smaller model or shorter sequences"
    )


@contextmanager
def needed(machine: str, what: str) -> Iterator[None]:
    """One line where `machine` has no memory for what cannot be done in parts."""
    try:
        yield
    except FAULTS as fault:
        if not is_out_of_memory(fault):
            raise
        raise NoMemory(f"{machine}: no memory for {what}; take a machine with more, or a smaller model") from None


@contextmanager
def for_model(name: object) -> Iterator[None]:
    """A model is built within: a size for which memory lacks is the user's to mend."""
    try:
        yield
    except (*FAULTS, TypeError) as fault:
        if not is_too_large(fault):
            raise
        raise InputError(
            f"{name}: not enough memory for a model of this size; take a machine with more, or a smaller model"
        ) from None
