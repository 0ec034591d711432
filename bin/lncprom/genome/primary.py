"""Kind of a sequence by its name: a chromosome, a patch or alternate locus, or a scaffold; X or Y."""

from __future__ import annotations

import re

_ROMAN = r"X{0,3}(?:IX|IV|V?I{0,3})(?<=[IVX])"  # yeast, C. elegans, stickleback: I to XXXIX
_CHROMOSOME = re.compile(
    rf"""(?:(?i:chromosome_?|chr_?|ch|lg_?|group))?
    (?: (?:[1-9][0-9]?_(?=[1-9][0-9]?[LS]))?   # 9_10L of frogs: two that are one
        0?[1-9][0-9]?                    # 1 to 99, also 01 to 09
        (?:_?[A-DHLRS])?                 # 2A of chimpanzees, 3B of wheat, 1H of barley, 2L of flies, 1S of frogs
        (?:_part[12])?                   # wheat's, cut to fit BAM
      | [A-F](?:0?[1-9]|1[0-9])          # A01 and D13 of cotton, C09 of rapeseed, A1 of cats
      | X[1-5]? | Y[1-5]? | Z | W        # sex chromosomes, the platypus's too
      | {_ROMAN}
      | (?i:M|MT|MtDNA|Mito|Pt|mitochondrion_genome)
      | NC_[0-9]{{6,9}}(?:\.[0-9]+)?     # RefSeq: complete molecules; scaffolds are NT_, NW_
      | CM[0-9]{{6}}(?:\.[0-9]+)?        # GenBank: chromosomes
    )""",
    re.VERBOSE,
)
_ALTERNATE = re.compile(r"^(CHR_|HSCHR|HG\d+_)|_(alt|fix|hap\d+|PATCH)$")
# RefSeq's accessions of X and Y in human and mouse
_SEX = {"NC_000023": "X", "NC_000024": "Y", "NC_000086": "X", "NC_000087": "Y"}

ALTERNATE = "on a patch or an alternate locus"
SCAFFOLD = "on a scaffold or another sequence that is not a primary chromosome"


def outside_primary(name: str) -> str | None:
    """None for a primary chromosome, else the reason to leave a sequence out, by its name.

    Primary: 1 to 99 and 01 to 99, sex chromosomes, the mitochondrion, arms (`2L`), subgenomes (`3B`, `1S`, `A01`) and
    Roman numerals, with or without `chr`; also accessions of whole molecules (`NC_000020.11`). Scaffolds are for
    example `chr1_KI270706v1_random` and `GL000009.2`.
    """
    if _CHROMOSOME.fullmatch(name):
        return None
    return ALTERNATE if _ALTERNATE.search(name) else SCAFFOLD


def sex_chromosome(name: str) -> str | None:
    """`X`, `Y` or None: `chrX`, `X` and `NC_000023.11` are the same chromosome."""
    stem = name[3:] if name[:3].lower() == "chr" else name
    return stem if stem in ("X", "Y") else _SEX.get(name.split(".")[0])
