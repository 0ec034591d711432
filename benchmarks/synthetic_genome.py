"""A genome of GRCh38's size made of chance: 24 chromosomes, gaps, soft-masked stretches, bgzip, 61 bytes a line."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np

# GRCh38.p14 assembly report, primary assembly
_NAMES = [f"chr{number}" for number in [*range(1, 23), "X", "Y"]]
_LENGTHS = [
    *(248_956_422, 242_193_529, 198_295_559, 190_214_555, 181_538_259, 170_805_979, 159_345_973, 145_138_636),
    *(138_394_717, 133_797_422, 135_086_622, 133_275_309, 114_364_328, 107_043_718, 101_991_189, 90_338_345),
    *(83_257_441, 80_373_285, 58_617_616, 64_444_167, 46_709_983, 50_818_468, 156_040_895, 57_227_415),
]
LENGTHS = dict(zip(_NAMES, _LENGTHS, strict=True))
GAP = (0.4, 0.415)  # share of a chromosome's length where its long run of N begins and ends
TELOMERE = 10_000
LINE = 60
_LINES = 200_000  # at a time
_MASKED = 0.45  # of the genome, in stretches of some 1,000 bases


def write(path: Path, seed: int = 1, threads: int = 2) -> int:
    """Number of bases written to `path`, and to no file where it is there already."""
    if path.exists():
        return sum(LENGTHS.values())
    rng = np.random.Generator(np.random.PCG64(seed))
    letters = np.repeat(np.frombuffer(b"ACGT", np.uint8), [76, 52, 52, 76])  # 41% G and C
    beside = path.with_name(path.name + ".partial")
    with open(beside, "wb") as out:
        press = subprocess.Popen(["bgzip", "-@", str(threads), "-c"], stdin=subprocess.PIPE, stdout=out)
        for name, length in LENGTHS.items():
            press.stdin.write(f">{name}\n".encode())
            for start in range(0, length, LINE * _LINES):
                press.stdin.write(_lines(rng, letters, start, min(length - start, LINE * _LINES), length))
        press.stdin.close()
        if press.wait():
            raise RuntimeError("bgzip failed")
    beside.rename(path)
    return sum(LENGTHS.values())


def gaps() -> str:
    """The runs of N as BED."""
    return "".join(f"{name}\t{first}\t{last}\n" for name, length in LENGTHS.items() for first, last in _gaps(length))


def _gaps(length: int) -> list[tuple[int, int]]:
    return [(0, TELOMERE), (int(length * GAP[0]), int(length * GAP[1])), (length - TELOMERE, length)]


def _lines(rng: np.random.Generator, letters: np.ndarray, start: int, count: int, length: int) -> bytes:
    rows = -(-count // LINE)
    bases = letters[np.frombuffer(rng.bytes(rows * LINE), np.uint8)]
    masked = np.repeat(rng.random(rows // 16 + 1) < _MASKED, 16 * LINE)[: len(bases)]
    bases |= masked.astype(np.uint8) << 5
    for first, last in _gaps(length):
        bases[max(first - start, 0) : max(last - start, 0)] = ord("N")
    text = np.full((rows, LINE + 1), ord("\n"), np.uint8)
    text[:, :LINE] = bases.reshape(rows, LINE)
    return text.ravel()[: count + rows - 1].tobytes() + b"\n"
