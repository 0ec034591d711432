"""Heat maps, tracks and panels: what is drawn is what was scored, and the same bytes each time."""

from __future__ import annotations

import base64
import gzip
import io
import json
import re

import numpy as np
import polars as pl
import pytest
from PIL import Image

import helpers_importance as made
from lncprom.errors import InputError
from lncprom.genome import bigwig
from lncprom.profiles import examples, genome_tracks, heatmap, score_matrix
from lncprom.profiles import means as profiles
from lncprom.tables import importance, predictions

SETTINGS = profiles.Settings(bootstrap=50)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("importance")
    rows = made.samples(30, built=True, task="high_vs_low_expression")
    table = [made.scores(rows, ("attention", "occlusion"), control=control) for control in ("", "random_init")]
    importance.write(pl.concat(table), folder / "i.parquet")
    importance.write(made.scores(rows, ("occlusion",), unseen=40), folder / "cut.parquet")
    predictions.write(made.predicted(rows), folder / "p.parquet")
    return folder


def read(folder, name="i.parquet", rows=None):
    rows = made.samples(30, built=True, task="high_vs_low_expression") if rows is None else rows
    return score_matrix.read([folder / name], rows, made.NAME, made.MODEL, "d.parquet")


def draw(found, method, folder):
    means = profiles.means(found, SETTINGS)
    return heatmap.write(found, means, method, SETTINGS, folder, png=True)


def pictures(svg: str) -> list[np.ndarray]:
    """The heat maps in an SVG, as RGBA."""
    found = re.findall(r'data:image/png;base64,\s*([^"]+)"', svg)
    return [np.asarray(Image.open(io.BytesIO(base64.b64decode(text))).convert("RGBA")) for text in found]


@pytest.fixture(scope="module")
def drawn(folder):
    found = read(folder)
    for method in found.methods:
        draw(found, method, folder)
    return found


def test_svg__under_300_kb_with_classes_method_and_region_in_words(folder, drawn):
    for name in ("attention.heatmap", "attention.clustered", "occlusion.heatmap", "occlusion.clustered"):
        text = (folder / f"{name}.svg").read_text()
        assert len(text) < 300_000
        words = ["high", "low", "30 sequences", "upstream of the TSS", "whole window", "80 bp", "random weights"]
        words += ["by similarity (Ward)" if "clustered" in name else "ordered by their sum upstream"]
        for word in words:
            assert word in text, word
        assert "<dc:date>" not in text
        assert "not seen" not in text
    assert "Attention, last layer" in (folder / "attention.heatmap.svg").read_text()
    with Image.open(folder / "attention.heatmap.png") as image:
        assert image.size == (1140, 930)
        assert image.info.keys() <= {"dpi"}


def test_drawn_twice__the_same_bytes(folder, drawn, tmp_path):
    draw(read(folder), "occlusion", tmp_path)
    for path in sorted(tmp_path.iterdir()):
        assert path.read_bytes() == (folder / path.name).read_bytes(), path.name
    assert len(list(tmp_path.iterdir())) == 6


def test_heat_map__strongest_colour_where_the_motif_is(folder, drawn):
    whole = pictures((folder / "occlusion.heatmap.svg").read_text())[2]  # positives, whole window
    blue = (whole[..., 2].astype(int) - whole[..., 0]) > 120
    columns = np.flatnonzero(blue.sum(axis=0)) / whole.shape[1] * made.LENGTH - made.TSS
    assert -45 < columns.min() < columns.max() < -10


def test_unseen_bases__grey_in_the_picture_missing_in_the_matrix_and_null_in_a_panel(folder, tmp_path):
    found = read(folder, "cut.parquet")
    draw(found, "occlusion", tmp_path)
    text = (tmp_path / "occlusion.heatmap.svg").read_text()
    assert "not seen" in text
    grey = np.array([int(heatmap.UNSEEN[at : at + 2], 16) for at in (1, 3, 5)])
    whole = pictures(text)[2][..., :3]
    share = (np.abs(whole.astype(int) - grey).max(axis=2) < 3).all(axis=0).mean()
    assert share == pytest.approx(40 / made.LENGTH, abs=0.02)
    table = pl.read_parquet(tmp_path / "occlusion.matrix.parquet")
    assert table["-100"].null_count() == table.height
    assert table["-60"].null_count() == 0
    (panel,) = examples.panels(found, [("asked", 0)], None, {"occlusion": found.mean("occlusion")})
    assert panel["scores"]["occlusion"][:40] == [None] * 40
    assert None not in panel["scores"]["occlusion"][40:]
    assert panel["probability"] is None


def test_long_names_and_blocks_of_tokens__said_in_the_figure_within_its_width(folder, tmp_path):
    found = read(folder)
    found = found._replace(scores={("", "attention"): {1: np.repeat(found.of("attention")[1][:, ::6], 6, axis=1)}})
    model, name = "nucleotide_transformer_500m_human", "high_vs_low_expression_in_all_tissues_2000"
    assert draw(found._replace(model=model, dataset=name), "attention", tmp_path) == pytest.approx(6, abs=0.1)
    assert "One score for about 6 neighbouring bases" in (tmp_path / "attention.heatmap.svg").read_text()
    with Image.open(tmp_path / "attention.heatmap.png") as image:
        right = np.asarray(image.convert("L"))[:70, -12:]
    assert (right > 250).all()


def test_matrix__a_row_a_sample_in_the_figure_s_order(folder, drawn):
    table = pl.read_parquet(folder / "occlusion.matrix.parquet")
    assert table.columns[:6] == ["sample_id", "label", "rank", "cluster", "score", "-100"]
    assert table["label"].to_list() == [1] * 30 + [0] * 30
    positives = table.filter(pl.col("label") == 1)
    assert positives["rank"].to_list() == list(range(30))
    assert positives["score"].is_sorted(descending=True)
    assert sorted(positives["cluster"].to_list()) == list(range(30))
    row = table.row(7, named=True)
    at = drawn.samples["sample_id"].to_list().index(row["sample_id"])
    assert row["-31"] == drawn.of("occlusion")[1][at, 69]
    text = pl.read_csv(gzip.decompress((folder / "occlusion.matrix.tsv.gz").read_bytes()), separator="\t")
    assert text.columns == table.columns
    assert text["-31"].cast(pl.Float32).to_list() == table["-31"].to_list()


def window(strand: str, tss: int, scores: list[float], transform: str = "none", chrom: str | None = "chr1") -> dict:
    given = {"strand": strand, "tss": tss, "chrom": chrom, "transform": transform}
    return given | {"scores": scores}


def on_genome(*windows: dict) -> score_matrix.Scored:
    """Windows of four bases, the TSS at index 2: positions -2..1."""
    samples = pl.DataFrame(
        [{key: value for key, value in one.items() if key != "scores"} for one in windows],
        schema={"strand": pl.String, "tss": pl.Int64, "chrom": pl.String, "transform": pl.String},
    )
    matrix = np.array([one["scores"] for one in windows], np.float32)
    return score_matrix.Scored(samples, np.arange(-2, 2), True, {("", "ism"): {1: matrix}})


def runs(found: score_matrix.Scored, strand: str) -> list[tuple]:
    return genome_tracks.track(found, found.mean("ism"), strand).rows()


def test_window_on_each_strand__read_in_the_gene_s_direction():
    found = on_genome(window("+", 100, [1, 2, 3, 4]), window("-", 100, [1, 2, 3, 4]))
    assert runs(found, "+") == [("chr1", 98, 99, 1), ("chr1", 99, 100, 2), ("chr1", 100, 101, 3), ("chr1", 101, 102, 4)]
    assert [run[1:] for run in runs(found, "-")] == [(99, 100, 4), (100, 101, 3), (101, 102, 2), (102, 103, 1)]


def test_windows_that_overlap__their_mean_and_equal_neighbours_joined():
    found = on_genome(window("+", 100, [1, 1, 1, 5]), window("+", 102, [3, 7, 7, np.nan]))
    assert [run[1:] for run in runs(found, "+")] == [(98, 100, 1), (100, 101, 2), (101, 102, 6), (102, 103, 7)]


def test_chromosomes__sorted_and_apart_and_no_made_bases_or_ready_made_sets():
    found = on_genome(window("+", 4, [1, 1, 1, 1], chrom="chr2"), window("+", 0 + 2, [1, 1, 1, 1], chrom="chr10"))
    assert runs(found, "+") == [("chr10", 0, 4, 1), ("chr2", 2, 6, 1)]
    assert runs(found, "-") == []
    found = on_genome(window("+", 9, [1, 1, 1, 1], "shuffle"), window("+", 9, [2, 2, 2, 2], chrom=None))
    assert not genome_tracks.placed(found).any()
    assert runs(found, "+") == []


def test_bedgraph__gzipped_text_of_four_columns_without_a_date(tmp_path):
    scores = [1, 1, 0.25, np.nan]
    made_track = genome_tracks.track(on_genome(window("+", 100, scores)), np.array([scores]), "+")
    genome_tracks.write_bedgraph(made_track, tmp_path / "a.bedGraph.gz")
    raw = (tmp_path / "a.bedGraph.gz").read_bytes()
    assert gzip.decompress(raw).decode() == "chr1\t98\t100\t1.0\nchr1\t100\t101\t0.25\n"
    assert raw[4:8] == b"\0\0\0\0"


def test_sizes__the_greatest_end_or_the_genome_s_index(tmp_path):
    found = on_genome(window("+", 100, [1, 1, 1, 1]))
    made_track = [genome_tracks.track(found, found.mean("ism"), "+")]
    assert genome_tracks.sizes(None, made_track) == {"chr1": 102}
    fai = tmp_path / "g.fai"
    fai.write_text("chr1\t5000\t6\t60\t61\nchr2\t40\t99\t60\t61\n")
    assert genome_tracks.sizes(fai, made_track) == {"chr1": 5000}
    for text, word in (
        ("chr2\t40\n", "g.fai: chr1 is not in it"),
        ("chr1\t101\n", "g.fai: chr1 ends at 101, a window"),
    ):
        fai.write_text(text)
        with pytest.raises(InputError, match=word):
            genome_tracks.sizes(fai, made_track)
    fai.write_text("chr1 5000\n")
    with pytest.raises(InputError, match=r"g.fai, line 1: not `name, length"):
        genome_tracks.sizes(fai, made_track)


def test_panels__the_five_surest_each_way_and_who_is_asked_for(folder):
    found = read(folder)
    probability = examples.probabilities([folder / "p.parquet"], found)
    picked = examples.chosen(found, probability, ["n03", "n03"])
    panels = examples.panels(found, picked, probability, {"occlusion": found.mean("occlusion")})
    assert [panel["sample_id"] for panel in panels] == [
        *("p00", "p01", "p02", "p03", "p04", "n29", "n28", "n27", "n26", "n25", "n03"),
    ]
    assert [panel["why"] for panel in panels] == ["highest"] * 5 + ["lowest"] * 5 + ["asked"]
    panel = panels[0]
    assert (panel["probability"], panel["gene_name"], panel["first"], panel["label"]) == (0.99, "GENE0", -100, 1)
    assert len(panel["scores"]["occlusion"]) == len(panel["sequence"]) == made.LENGTH
    at = found.samples["sample_id"].to_list().index("p00")
    assert panel["scores"]["occlusion"][69] == pytest.approx(float(found.mean("occlusion")[at, 69]), rel=1e-3)


def test_three_samples__two_highest_one_lowest_none_twice(folder):
    rows = made.samples(30, built=True).filter(pl.col("sample_id").is_in(["p00", "p01", "n00"]))
    importance.write(made.scores(rows, ("ism",)), folder / "three.parquet")
    found = read(folder, "three.parquet", rows)
    probability = examples.probabilities([folder / "p.parquet"], found)
    assert [why for why, _ in examples.chosen(found, probability, [])] == ["highest", "highest", "lowest"]


def test_bigwig__the_runs_of_the_bedgraph_and_lengths_from_the_index(step, tmp_path):
    pyBigWig = pytest.importorskip("pyBigWig")
    (tmp_path / "in").mkdir()
    (tmp_path / "g.fai").write_text("chr1\t90000\t6\t60\t61\nchr2\t80000\t6\t60\t61\nchr3\t7\t6\t60\t61\n")
    arguments = [*made.make(tmp_path / "in", built=True, seeds=(1,)), "--bootstrap", "20", "--fai", tmp_path / "g.fai"]
    result = step("profile_importance", *arguments, "--out-dir", tmp_path / "out", "--card", tmp_path / "c.json")
    assert result.exit_code == 0, result.output
    names = [f"{method}.{strand}" for method in ("occlusion", "attention") for strand in ("plus", "minus")]
    assert {path.name for path in (tmp_path / "out").glob("*.bw")} == {f"{name}.bw" for name in names}
    for name in names:
        wig = pyBigWig.open(str(tmp_path / "out" / f"{name}.bw"))
        assert wig.chroms() == {"chr1": 90000, "chr2": 80000}
        text = gzip.decompress((tmp_path / "out" / f"{name}.bedGraph.gz").read_bytes()).decode()
        rows = [line.split("\t") for line in text.splitlines()]
        assert rows
        found = [
            (chrom, *map(str, (start, end)), value)
            for chrom in ("chr1", "chr2")
            for start, end, value in wig.intervals(chrom)
        ]
        assert [tuple(row[:3]) for row in rows] == [run[:3] for run in found]
        assert [np.float32(row[3]) for row in rows] == [np.float32(run[3]) for run in found]
        wig.close()
    card = json.loads((tmp_path / "c.json").read_text())
    assert (card["counts"]["on the genome"], card["dropped"]) == (24, {})
    none = genome_tracks.track(on_genome(), np.zeros((0, 4)), "+")
    bigwig.write([none], {"chr1": 9}, tmp_path / "e.bw", zooms=False)
    wig = pyBigWig.open(str(tmp_path / "e.bw"))
    assert (wig.chroms(), wig.intervals("chr1")) == ({"chr1": 9}, None)
    wig.close()
