"""The learning rate of each step: up in a straight line while warming up, then down in one to nothing."""

from __future__ import annotations


def rate(step: int, steps: int, warmup: int, peak: float) -> float:
    """The rate for the step of this number (from 0) out of `steps`.

    As transformers' `get_linear_schedule_with_warmup`, so that a run of its Trainer can be repeated.

    >>> [rate(step, 6, 2, 1.0) for step in range(6)]
    [0.0, 0.5, 1.0, 0.75, 0.5, 0.25]
    """
    if step < warmup:
        return peak * step / warmup
    return peak * max(0.0, (steps - step) / max(1, steps - warmup))


def longer_warmup(warmup: int, attempt: int, steps: int) -> int:
    """Warm-up of a restart: twice as long with each, never over half of all steps. The first is as it was asked for.

    >>> [longer_warmup(50, attempt, 1000) for attempt in range(3)]
    [50, 100, 200]
    """
    if attempt == 0:
        return warmup
    return max(warmup, min(max(warmup, 25) * 2**attempt, steps // 2))
