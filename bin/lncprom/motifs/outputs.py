"""What compare_motifs leaves: the tables as TSV, the patterns in MEME's format, their logos; and the card."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from lncprom import files, provenance
from lncprom.motifs import controls, databases, discovery, enrichment, logos, motif_files, seqlets
from lncprom.motifs.classes import Settings
from lncprom.motifs.compare import Found
from lncprom.motifs.databases import Database
from lncprom.motifs.sequences_and_scores import Scored
from lncprom.tables import motifs

_LIBRARIES = ("memelite", "pyjaspar", "tangermeme", "logomaker", "numba")


def write(found: Found, folder: Path) -> None:
    for name, table in found.tables.items():
        files.write_text(motifs.text(table), folder / f"{name}.tsv")
    files.write_text(motif_files.meme(found.patterns), folder / "motifs.meme")
    (folder / "logos").mkdir()
    for name, title, shares, members in found.patterns:
        drawn = logos.draw(shares, f"{name}: {title}, n = {members:,}")
        files.write_text(drawn, folder / "logos" / f"{name}.svg")


def card(
    found: Found,
    scored: Scored,
    database: Database,
    settings: Settings,
    importance: Sequence[Path],
    dataset: Path,
    motifs: Path | None,
    upstream: Sequence[Path],
) -> dict:
    """The card, with every number that a rule of the chain rests on."""
    given = {f"importance_{at}" if at > 1 else "importance": path for at, path in enumerate(importance, start=1)}
    notes = list(found.notes)
    if database.fillers:
        words = (
            f"{database.title} has {len(database.motifs)} motifs, under the {databases.FEWEST} that Tomtom's null needs"
        )
        notes.append(f"{words}; {len(database.fillers):,} of JASPAR's with columns in random order fill it, unnamed")
    parameters = settings._asdict() | {
        "method": scored.method,
        "motifs": database.title,
        "known_motifs": len(database.motifs),
        "pseudocount": databases.PSEUDOCOUNT,
        "window": seqlets.WIDTH,
        "windows_per_sequence": seqlets.PER_SEQUENCE,
        "columns": discovery.COLUMNS,
        "member_bits": discovery.MEMBER_BITS,
        "trim_bits": discovery.TRIM_BITS,
        "fewest_members": discovery.FEWEST,
        "random_draws": controls.DRAWS,
        "scan_p": [enrichment.LONG, enrichment.SHORT],
    }
    record = provenance.make(
        "compare_motifs",
        inputs={**given, "dataset": dataset, "motifs": motifs},
        parameters=parameters,
        counts=found.counts,
        dropped=found.dropped,
        notes=notes,
        upstream=upstream,
    )
    record["versions"] |= {name: metadata.version(name) for name in _LIBRARIES}
    return {"step": "compare_motifs", "dataset": settings.name, "model": settings.model} | record
