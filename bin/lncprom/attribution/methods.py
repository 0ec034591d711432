"""The methods by name: what each needs of a model, and which of them a call asks for."""

from __future__ import annotations

from collections.abc import Collection

from lncprom import text
from lncprom.errors import InputError
from lncprom.tables.importance import METHODS

ATTENTION, GRADIENTS, SEQUENCES, KMERS = "attention", "gradients", "sequences", "k-mer weights"

NEEDS = {
    "attention": ATTENTION,
    "attention_all": ATTENTION,
    "rollout": ATTENTION,
    "integrated_gradients": GRADIENTS,
    "gradient_x_input": GRADIENTS,
    "occlusion": SEQUENCES,
    "ism": SEQUENCES,
    "kmer_weights": KMERS,
}
RANDOM_INIT = ("attention", "attention_all", "rollout", "integrated_gradients")  # also from random weights
ON_REQUEST = ("ism",)  # not part of `auto`: ten times dearer than integrated gradients, and no better
AUTO = "auto"


def check(asked: Collection[str]) -> None:
    """Refuse a name that is no method's."""
    for method in asked:
        if method not in (*METHODS, AUTO):
            raise InputError(f"--methods: no method {method}. {text.nearest(method, [*METHODS, AUTO])}")
    if AUTO in asked and len(asked) > 1:
        raise InputError(f"--methods {','.join(asked)}: auto stands alone; name methods, or leave the others out")


def chosen(asked: Collection[str], has: Collection[str], family: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The methods that are asked for, in the order of the table, and a note on those that `auto` left out.

    `has`: what a model of the family has of the needs above.
    """
    able = tuple(method for method in METHODS if NEEDS[method] in has)
    if AUTO in asked:
        lacking = [method for method in METHODS if method not in able]
        note = f"{', '.join(lacking)}: not possible with the family {family}"
        return tuple(method for method in able if method not in ON_REQUEST), (note,) if lacking else ()
    for method in asked:
        if method not in able:
            raise InputError(
                f"--methods {method}: needs {NEEDS[method]}, which the family {family} has not; it has: "
                f"{', '.join(able)}"
            )
    return tuple(method for method in METHODS if method in asked), ()
