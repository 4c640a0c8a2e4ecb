"""Errors of the package in the words of the command line."""

import pytest

from zsl.cli._errors import as_options

NAMES = {
    "features": ("DATA", "all.csv"),
    "semantics": ("--semantics", "--semantics t.csv"),
    "unseen": ("--unseen", "--unseen"),
    "seed": ("--seed", "--seed 3"),
    "k": ("--k", "--k 10"),
}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("semantics has no row for 1 of the classes", "--semantics t.csv has no row for 1 of the classes"),
        ("X has 5 features, but it expects 8.", "all.csv has 5 features, but it expects 8."),
        ("unseen=['a']; wanted others.", "--unseen ['a']; wanted others."),
        ("k=10; wanted a number.", "--k 10; wanted a number."),
        ("random_state=-1; wanted a seed.", "--seed -1; wanted a seed."),
        ("Wrong. semantics is empty.", "Wrong. --semantics t.csv is empty."),
        ("wanted a header; header=False (--no-header) reads", "wanted a header; --no-header reads"),
        ("or decimal=',' (--decimal ,).", "or --decimal ,."),
        ("y has no labels", "y has no labels"),
        ("The semantics of it", "The semantics of it"),
        ("task=3 and my_k=4, x.k=5", "task=3 and my_k=4, x.k=5"),
    ],
)
def test_arguments_become_options(text, wanted):
    assert as_options(text, NAMES) == wanted


def test_without_options_the_text_stays():
    assert as_options("X has 5 features; k=3", {}) == "X has 5 features; k=3"


def test_what_was_not_given_is_not_named_as_a_file():
    assert as_options("X has 5 features", {"features": ("--features", "--features")}) == "X has 5 features"
    assert as_options("X has 5 features", {"features": ("DATA", "")}) == "X has 5 features"
