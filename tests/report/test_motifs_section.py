"""The page's section on motifs: patterns, names, elements and enrichment as compare_motifs wrote them."""

from __future__ import annotations

from pathlib import Path

import pytest

import helpers_report
from helpers_page import Page
from helpers_report import rendered
from lncprom.errors import InputError
from lncprom.report import motifs_section
from lncprom.tables import motifs

LOGO = '<?xml version="1.0"?>\n<svg viewBox="0 0 90 40" width="90pt"><path id="a" style="stroke: #000000"/></svg>'
OF = {"dataset": "tata", "model": "cnn", "method": "integrated_gradients", "class": "positive", "control": ""}


def pattern(rank: int, name: str, evidence: str | None, control: str = "", **more) -> dict:
    row = OF | {"control": control, "pattern": f"positive_{rank}", "rank": rank}
    row |= {"sequences": 40, "of_sequences": 80, "consensus": "TATAAAW", "position_median": -28.0}
    row |= {"position_low": -30.0, "position_high": -27.0, "nearby_odds_ratio": 19.5, "nearby_ci_low": 9.0}
    row |= {"nearby_ci_high": 31.0, "evidence": evidence, "motif_name": name, "named": evidence in ("found", "place")}
    return row | ({} if control else {"logo": f"logos/positive_{rank}.svg"}) | more


def hit(rank: int, at: int, name: str) -> dict:
    row = OF | {"pattern": f"positive_{rank}", "rank": at, "motif_id": f"MA{rank}.{at}", "motif_name": name}
    return row | {"tf_family": "TBP-related factors", "q_value": 4e-5 * at}


ELEMENT = OF | {"element": "TATA box", "consensus": "TATAWAWR", "first": -33, "last": -27, "q_value": 8e-8}
ELEMENT |= {"positives_with": 30, "positives": 200, "negatives_with": 2, "negatives": 200}
ELEMENT |= {"odds_ratio": 17.5, "ci_low": 4.1, "ci_high": 74.3, "rank_with": 0.82, "rank_without": 0.63, "rank_q": 8e-5}
ENRICHED = OF | {"motif_id": "MA0108.3", "motif_name": "TBP", "tf_family": "TBP-related", "q_value": 0.02}
ENRICHED |= {"important_with": 25, "important": 100, "background_with": 30, "background": 300}
ENRICHED |= {"odds_ratio": 3.0, "ci_low": 1.6, "ci_high": 5.4}

ROWS = {
    "motifs": [
        pattern(1, "TBP", "found"),
        pattern(2, "SP1", "place"),
        pattern(3, "ZNF", "chance"),
        pattern(4, "MAZ", "composition"),
        pattern(1, "GATA1", None, "random_init"),
        pattern(1, "GATA2", None, "random"),
    ],
    "hits": [hit(1, 1, "TBP"), hit(1, 2, "MEF2A"), hit(2, 1, "SP1"), hit(3, 1, "ZNF"), hit(4, 1, "MAZ")],
    "elements": [ELEMENT, ELEMENT | {"control": "random_init", "rank_with": 0.5}],
    "enrichment": [ENRICHED, ENRICHED | {"motif_name": "not so", "motif_id": "MA9", "q_value": 0.4}],
    "seqlets": [],
}


def write(folder: Path, rows: dict = ROWS) -> Path:
    (folder / "logos").mkdir(parents=True)
    for name, part in rows.items():
        (folder / f"{name}.tsv").write_text(motifs.text(motifs.frame(name, part)))
    for rank in (1, 2, 3, 4):
        (folder / "logos" / f"positive_{rank}.svg").write_text(LOGO)
    return folder.parent


@pytest.fixture(scope="module")
def read(tmp_path_factory) -> Page:
    folder = write(tmp_path_factory.mktemp("motifs") / "tata.cnn")
    given = helpers_report.make(tmp_path_factory.mktemp("report"), tasks=("coding_vs_lncrna",), lengths=(300,))
    return Page(rendered({name: given[name] for name in ("--cards", "--metrics")} | {"--motifs": folder}))


def test_sentence__what_stands_out_and_the_controls_beside_it(read):
    assert (
        "The most important bases form 4 patterns, 2 of them above the controls. The nearest known motifs are TBP and "
        "SP1. Patterns found in controls: 1 in randomly chosen windows; 1 in a randomly initialised model."
    ) in " ".join(read.text.split())


def test_patterns__of_the_trained_model_only_with_logo_names_and_evidence(read):
    rows = {given["data-pattern"]: [cell.text for cell in cells] for given, cells in read.body("motifs-1-positive")}
    assert list(rows) == ["positive_1", "positive_2", "positive_3", "positive_4"]
    first = rows["positive_1"]
    assert "TBP MA1.1, TBP-related factors, q 4e-05" in first[1]
    assert "MEF2A" in first[1]
    words = ["above all controls", "typical of the position", "not above controls", "explained by base composition"]
    assert [row[2] for row in rows.values()] == words
    assert first[3] == "\u221228\u221230 to \u221227"
    assert first[4] == "50%40 of 80"
    assert first[5] == "19.59.0 to 31.0"
    assert all("not enough evidence for a name" in rows[name][1] for name in ("positive_3", "positive_4"))
    assert "not enough evidence" not in first[1]
    assert read.source.count("tata.cnn--2e") == 0
    assert "stroke: var(--ink)" in read.source
    assert "GATA" not in read.source


def test_elements__how_often_and_how_high(read):
    ((given, cells),) = read.body("motifs-1-positive-elements")
    assert given["data-element"] == "TATA box"
    assert [cell.text for cell in cells[1:]] == [
        *("\u221233 to \u221227", "15%30 of 200", "1%2 of 200", "17.504.10 to 74.30", "8e-08"),
        *("0.82without: 0.63", "8e-05"),
    ]


def test_enrichment__what_passes_the_rate_only(read):
    rows = read.body("motifs-1-positive-enriched")
    assert [[cell.text for cell in cells] for _, cells in rows] == [
        ["TBP MA0108.3", "TBP-related", "25%25 of 100", "10%30 of 300", "3.001.60 to 5.40", "0.020"]
    ]


@pytest.mark.parametrize(
    ("rows", "sentence", "enriched"),
    [
        ({"motifs": [], "hits": [], "enrichment": [ENRICHED | {"q_value": 0.9}]}, "No pattern was found", 0),
        ({"motifs": [pattern(1, "TBP", "chance")]}, "1 pattern, 0 of them above the controls. None resembles a", 1),
        (
            {"motifs": [pattern(rank, f"M{rank}", "found", logo=None) for rank in range(1, 10)]},
            "The nearest known motifs are M1, M2, M3, M4, M5, M6 and 3 others.",
            1,
        ),
    ],
    ids=["nothing found", "unnamed", "many names"],
)
def test_other_patterns__sentence_and_enriched_motifs(tmp_path, rows, sentence, enriched):
    (found,) = motifs_section.view(write(tmp_path / "in" / "tata.cnn", ROWS | rows))
    assert sentence in found["sentence"]
    assert len(found["enriched"]["positive"]) == enriched


def test_folder_with_nothing_in_its_tables__no_section(tmp_path):
    assert motifs_section.view(write(tmp_path / "in" / "tata.cnn", dict.fromkeys(ROWS, ()))) == []


@pytest.mark.parametrize("name", ["motifs.tsv", "hits.tsv", "elements.tsv", "enrichment.tsv", "logos/positive_2.svg"])
def test_file_missing__folder_and_file_are_named(tmp_path, name):
    folder = write(tmp_path / "in" / "tata.cnn")
    (folder / "tata.cnn" / name).unlink()
    with pytest.raises(InputError, match=f"tata.cnn/{name}: no such file"):
        motifs_section.view(folder)
