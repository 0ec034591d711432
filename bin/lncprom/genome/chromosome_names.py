"""The FASTA's names of chromosomes that other files name otherwise: `20`, `chr20`, `CM000682.2`, `NC_000020.11`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from lncprom import files
from lncprom.errors import InputError

_ALIASES = ("Sequence-Name", "Assigned-Molecule", "GenBank-Accn", "RefSeq-Accn", "UCSC-style-name")
_REMEDY = "Give the *_assembly_report.txt of the assembly from NCBI."


def reconcile(names: Iterable[str | None], genome_names: Iterable[str], report: Path | None = None) -> dict[str, str]:
    """The FASTA's name of each name; names without a match, or with several, are left out.

    A match is, in this order: the same name; the name with or without `chr`; the mitochondrion (`M`, `MT`, `chrM`);
    another name of the sequence in NCBI's assembly report. Of a name between pipes (`gi|568|ref|NC_000020.11|`), each
    part is a name of the sequence. Accessions match other names through the report only.

    >>> reconcile(["chr20", "20", "MT", "HSCHR20_1"], ["20", "chrM"])
    {'chr20': '20', '20': '20', 'MT': 'chrM'}
    """
    genome_names = tuple(genome_names)
    exact = set(genome_names)
    by_stem, by_molecule, by_part = defaultdict(list), defaultdict(list), defaultdict(list)
    for name in genome_names:
        by_stem[_stem(name)].append(name)
        by_molecule[_molecule(name)].append(name)
        for part in _parts(name):
            by_part[_molecule(part)].append(name)
    aliases = read_report(report) if report is not None else {}

    def find(name: str, through_report: bool) -> str | None:
        if name in exact:
            return name
        for candidates in (by_stem[_stem(name)], by_molecule[_molecule(name)], by_part[_molecule(name)]):
            if candidates:
                return candidates[0] if len(candidates) == 1 else None
        if parts := _parts(name):
            found = {match for part in parts if (match := find(part, through_report))}
            return found.pop() if len(found) == 1 else None
        if not through_report:
            return None
        found = {match for alias in aliases.get(name, ()) if (match := find(alias, through_report=False))}
        return found.pop() if len(found) == 1 else None

    wanted = dict.fromkeys(name for name in names if name is not None)
    return {name: match for name in wanted if (match := find(name, through_report=True))}


def read_report(path: Path) -> dict[str, tuple[str, ...]]:
    """Every name in an NCBI assembly report -> all names of the same sequence.

    Raises
    ------
    InputError
        If the file is not an assembly report, or two sequences have one name.
    """
    header: list[str] | None = None
    aliases: dict[str, tuple[str, ...]] = {}
    for number, line in files.read_lines(path):
        if line.startswith("#"):
            fields = line.lstrip("# ").split("\t")
            header = fields if fields[0] == "Sequence-Name" else header
            continue
        if line.strip() == "":
            continue
        if header is None:
            raise InputError(f"{path.name}, line {number}: no names of columns ('# Sequence-Name') above it. {_REMEDY}")
        fields = line.split("\t")
        if len(fields) != len(header):
            raise InputError(f"{path.name}, line {number}: {len(fields)} columns, the header {len(header)}. {_REMEDY}")
        row = dict(zip(header, fields, strict=True))
        if row.get("Sequence-Role", "assembled-molecule") != "assembled-molecule":
            # an unlocalized scaffold is assigned to a chromosome, but is not the chromosome
            row.pop("Assigned-Molecule", None)
        known = dict.fromkeys(row[column] for column in _ALIASES if row.get(column, "na") not in ("na", ""))
        for name in known:
            if name in aliases:
                raise InputError(f"{path.name}, line {number}: {name} names an earlier sequence too. {_REMEDY}")
            aliases[name] = tuple(known)
    if not aliases:
        raise InputError(f"{path.name}: no sequence in it. {_REMEDY}")
    return aliases


def _parts(name: str) -> list[str]:
    """The parts of a name between pipes; none of a plain one."""
    return [*dict.fromkeys(part for part in name.split("|") if part)] if "|" in name else []


def _stem(name: str) -> str:
    return name[3:] if name[:3].lower() == "chr" and len(name) > 3 else name


def _molecule(name: str) -> str:
    return "MT" if _stem(name).upper() in ("M", "MT") else _stem(name)
