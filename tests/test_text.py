"""Words about sets of names."""

import polars as pl

from lncprom import text


def test_a_column__is_tallied_most_frequent_first_ties_by_name():
    assert text.tally(pl.Series("x", ["b", "a", None, "c", "c"])) == {"c": 2, "a": 1, "b": 1}


def test_many_names__the_first_ones_and_how_many_more():
    assert text.some("abcdef") == "a, b, c, d and 2 more"
    assert text.some("ab") == "a, b"


def test_a_mistyped_name__the_nearest_is_offered_else_a_few_of_all():
    assert text.nearest("lncrna", ["protein_coding", "lncRNA"]) == "Did you mean lncRNA?"
    assert text.nearest("xyz", ["protein_coding", "lncRNA"]) == "Choose from: protein_coding, lncRNA."
    assert text.nearest("xyz", []) == "None is available."
