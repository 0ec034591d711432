"""The demo's sequences: a background by isochores, promoters with motifs at known offsets, repeats, gaps."""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

BASES = np.frombuffer(b"ACGT", np.uint8)
COMPLEMENT = bytes.maketrans(b"ACGTacgt", b"TGCAtgca")
# Consensus forms, read in the gene's direction. Sources: JASPAR CORE vertebrates and, for TATA and Inr, Bucher 1990.
MOTIFS = {
    "TATA": b"TATAAAAG",
    "Inr": b"TCAGTT",
    "SP1": b"GGGGCGGGGC",
    "NRF1": b"TGCGCATGCGC",
    "ETS": b"ACCGGAAGTG",
    "NFY": b"CAGCCAATCA",
    "YY1": b"AAGATGGCGGC",
    "AP1": b"TGACTCA",
    "CREB": b"TGACGTCA",
}


@dataclass
class Promoter:
    """A place where transcription starts; offsets are of a motif's first base from the TSS, in the gene's direction."""

    chrom: str  # as Ensembl writes it
    tss: int
    strand: str
    kind: str  # cpg, tata, other, weak (background only)
    name: str = ""  # in the BED; empty: not listed there
    upstream: int = 0
    downstream: int = 0
    motifs: list[tuple[str, int]] = field(default_factory=list)


@dataclass
class Layout:
    """One chromosome: its name in the FASTA, length, gaps (runs of N) and places where a repeat may stand."""

    fasta_name: str
    length: int
    gaps: list[tuple[int, int]]
    repeats: list[int]


def kmer_tables() -> dict[str, np.ndarray]:
    """Per kind of sequence, the 64 x 4 cumulative chances of the next base after a 3-mer."""
    lines = Path(__file__).with_name("generate_demo_kmers.tsv").read_text(encoding="utf-8").splitlines()
    counts = np.array([[int(cell) for cell in line.split("\t")[1:]] for line in lines[1:]], dtype=np.float64)
    shares = {name: counts[:, i].reshape(64, 4) for i, name in enumerate(lines[0].split("\t")[1:])}
    return {name: np.cumsum(table, axis=1) / table.sum(axis=1, keepdims=True) for name, table in shares.items()}


def markov(table: np.ndarray, length: int, rng: np.random.Generator) -> np.ndarray:
    """Bases of a third-order chain, drawn as columns of 500 that are laid end to end."""
    chains = -(-length // 500)
    state = (rng.random(chains) * 64).astype(np.int64)
    out = np.empty((chains, 520), np.uint8)
    for step in range(520):  # the first 20 only make the chain forget its start
        draw = rng.random(chains)
        base = (draw[:, None] >= table[state, :3]).sum(axis=1)
        state = (state * 4 + base) % 64
        out[:, step] = base
    return BASES[out[:, 20:].ravel()[:length]]


class Genome:
    """All chromosomes as arrays of letters, with everything planted."""

    def __init__(self, layout: dict[str, Layout], promoters: list[Promoter], rng: np.random.Generator) -> None:
        self.layout, self.promoters, self.rng, self.tables = layout, promoters, rng, kmer_tables()
        self.pools = {name: markov(table, 1_500_000, rng) for name, table in self.tables.items()}
        self.used = dict.fromkeys(self.pools, 0)
        self.letters = {chrom: self._background(shape.length) for chrom, shape in layout.items()}
        for kind in ("other", "tata", "cpg"):
            for promoter in promoters:
                if promoter.kind == kind:
                    self._paint(promoter)
        for promoter in promoters:
            if promoter.kind != "tata" and promoter.name:
                self._without_tata(promoter)
        for promoter in promoters:
            for name, offset in promoter.motifs:
                self._put(promoter, offset, np.frombuffer(MOTIFS[name], np.uint8))
        for chrom, shape in layout.items():
            self._repeats_and_gaps(self.letters[chrom], shape)

    def _take(self, table: str, length: int) -> np.ndarray:
        start = self.used[table]
        self.used[table] = start + length
        if start + length > len(self.pools[table]):
            self.pools[table], self.used[table], start = markov(self.tables[table], 1_500_000, self.rng), length, 0
        return self.pools[table][start : start + length].copy()

    def _background(self, length: int) -> np.ndarray:
        """Isochores of 20 kb, two of three poor in GC."""
        parts = []
        for _ in range(0, length, 20_000):
            parts.append(self._take("gc_poor" if self.rng.random() < 0.65 else "gc_rich", 20_000))
        return np.concatenate(parts)[:length]

    def _span(self, promoter: Promoter, first: int, length: int) -> slice:
        """Where `length` bases from offset `first` lie on the forward strand, cut at the chromosome's ends."""
        start = promoter.tss + first if promoter.strand == "+" else promoter.tss - first - length + 1
        return slice(max(start, 0), min(start + length, self.layout[promoter.chrom].length))

    def _read(self, promoter: Promoter, first: int, length: int) -> bytes:
        text = self.letters[promoter.chrom][self._span(promoter, first, length)].tobytes()
        return text if promoter.strand == "+" else text.translate(COMPLEMENT)[::-1]

    def _put(self, promoter: Promoter, first: int, letters: np.ndarray) -> None:
        if promoter.strand == "-":
            letters = np.frombuffer(letters.tobytes().translate(COMPLEMENT)[::-1], np.uint8)
        span = self._span(promoter, first, len(letters))
        self.letters[promoter.chrom][span] = letters[: span.stop - span.start]

    def _paint(self, promoter: Promoter) -> None:
        length = promoter.upstream + promoter.downstream
        table = "cpg_promoter" if promoter.kind == "cpg" else "other_promoter"
        self._put(promoter, -promoter.upstream, self._take(table, length))

    def _without_tata(self, promoter: Promoter) -> None:
        """Break what looks like a TATA box where one would act, so that a promoter without one has none."""
        text = self._read(promoter, -60, 60)
        broken = re.sub(rb"TATA|TAAA|TTTA|ATAA", lambda found: found[0][:2] + b"C" + found[0][3:], text)
        self._put(promoter, -60, np.frombuffer(broken, np.uint8))

    def _repeats_and_gaps(self, letters: np.ndarray, shape: Layout) -> None:
        family = np.concatenate([self.pools["gc_rich"][:280], np.full(20, ord("A"), np.uint8)])
        for at in shape.repeats:
            stretch = letters[at : at + 2500]
            copy = np.where(self.rng.random(300) < 0.12, BASES[(self.rng.random(300) * 4).astype(int)], family)
            stretch[800:1100] = copy[: len(stretch[800:1100])]
            stretch |= 0x20  # lower case: soft-masked
        for start, end in shape.gaps:
            letters[start:end] = ord("N")

    def window(self, promoter: Promoter, length: int) -> bytes:
        """`length` bases in the gene's direction that end 50 after the TSS."""
        return self._read(promoter, 51 - length, length)

    def check(self) -> None:
        """Every planted motif stands where it was planted, none written over by a neighbour."""
        for promoter in self.promoters:
            for name, offset in promoter.motifs:
                found = self._read(promoter, offset, len(MOTIFS[name])).upper()
                if found != MOTIFS[name]:
                    raise RuntimeError(f"{promoter}: {name} at {offset} reads {found!r}")

    def fasta(self) -> bytes:
        parts = []
        for chrom, shape in self.layout.items():
            text = self.letters[chrom].tobytes()
            parts.append(b">" + shape.fasta_name.encode())
            parts += [text[at : at + 60] for at in range(0, len(text), 60)]
        return b"\n".join(parts) + b"\n"


def bgzip(data: bytes) -> bytes:
    """The bytes as BGZF (SAM specification, section 4.1): no time, no name, so the same data gives the same file."""
    blocks = [_block(data[at : at + 65280]) for at in range(0, len(data), 65280)]
    return b"".join(blocks) + bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")


def _block(data: bytes) -> bytes:
    body = min((_deflate(data, zlib.Z_DEFAULT_STRATEGY), _deflate(data, zlib.Z_HUFFMAN_ONLY)), key=len)
    head = struct.pack("<4BI2BH2BHH", 31, 139, 8, 4, 0, 0, 255, 6, 66, 67, 2, len(body) + 25)
    return head + body + struct.pack("<II", zlib.crc32(data), len(data))


def _deflate(data: bytes, strategy: int) -> bytes:
    """Raw deflate; with Huffman codes alone, soft-masked stretches cost 2.3 bits a base, not 2.7."""
    press = zlib.compressobj(9, zlib.DEFLATED, -15, 9, strategy)
    if strategy == zlib.Z_DEFAULT_STRATEGY:
        return press.compress(data) + press.flush()
    out = b""
    for piece in re.findall(rb"[a-z\n]{200,}|(?:(?![a-z\n]{200}).)+", data, flags=re.DOTALL):
        out += press.compress(piece) + press.flush(zlib.Z_BLOCK)
    return out + press.flush()
