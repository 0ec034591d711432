"""Which tissues count."""

import pytest

from lncprom.errors import InputError
from lncprom.genes import tissues

GTEX = ("Bladder", "Brain - Cortex", "Cervix - Ectocervix", "Cervix - Endocervix", "Fallopian Tube", "Liver")


def test_the_studys_five__those_that_are_there_are_left_out_the_others_told():
    choice = tissues.choose("t.gct", GTEX, "study")
    assert [GTEX[number] for number in choice.used] == ["Brain - Cortex", "Liver"]
    assert choice.excluded == ["Bladder", "Cervix - Ectocervix", "Cervix - Endocervix", "Fallopian Tube"]
    assert choice.absent == ["Kidney - Medulla"]


def test_the_studys_five_in_gtexs_other_spelling__are_the_same():
    spelled = tuple(name.replace(" - ", "_").replace(" ", "_") for name in (*GTEX, "Kidney - Medulla"))
    choice = tissues.choose("t.gct", spelled, "study")
    assert [spelled[number] for number in choice.used] == ["Brain_Cortex", "Liver"]
    assert choice.absent == []


@pytest.mark.parametrize(
    ("exclude", "left_out"),
    [
        ("liver", ["Liver"]),
        ("Brain*, LIVER", ["Brain - Cortex", "Liver"]),
        ("cervix - e?tocervix", ["Cervix - Ectocervix"]),
        ("*er", ["Bladder", "Liver"]),
        ("none", []),
    ],
)
def test_names_and_globs__match_whatever_the_case(exclude, left_out):
    assert tissues.choose("t.gct", GTEX, exclude).excluded == left_out


@pytest.mark.parametrize(
    ("exclude", "words"),
    [
        ("Livver", "t.gct: no tissue 'Livver' to exclude. Did you mean Liver?"),
        ("Brain", "t.gct: no tissue 'Brain' to exclude"),
        ("Liver,", "an empty entry"),
        ("", "an empty entry"),
        ("*", "t.gct: every tissue is excluded"),
        ("Liver.", None),  # a dot is a separator like any other, not a wildcard
    ],
)
def test_a_tissue_that_does_not_exist__is_refused_with_the_nearest(exclude, words):
    if words is None:
        assert tissues.choose("t.gct", GTEX, exclude).excluded == ["Liver"]
        return
    with pytest.raises(InputError) as fault:
        tissues.choose("t.gct", GTEX, exclude)
    assert words in fault.value.message
