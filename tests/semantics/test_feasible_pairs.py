"""Which pairs can be, judged by those seen: against the formula, pair by pair."""

import numpy as np
import pytest

from zsl.exceptions import SemanticsError
from zsl.semantics import Semantics, class_pairs, feasible_pairs, pair_feasibility


def tables(seed=0, n_states=5, n_objects=6):
    rng = np.random.default_rng(seed)
    states = Semantics(rng.normal(size=(n_states, 4)), classes=[f"s{i}" for i in range(n_states)])
    objects = Semantics(rng.normal(size=(n_objects, 3)), classes=range(n_objects))
    pairs = list(class_pairs(states.classes, objects.classes).values())
    seen = [pairs[place] for place in rng.permutation(len(pairs))[: len(pairs) // 2]]
    return states, objects, seen


def by_hand(states, objects, seen, state, one):
    def cosine(table, a, b):
        u, v = table.rows([a, b])
        return u @ v / np.sqrt(u @ u) / np.sqrt(v @ v)

    of_objects = [cosine(objects, one, other) for s, other in seen if s == state and other != one]
    of_states = [cosine(states, state, other) for other, o in seen if o == one and other != state]
    return (max(of_objects, default=-1) + max(of_states, default=-1)) / 2


@pytest.mark.parametrize("seed", range(3))
def test_scores_are_those_of_the_formula(seed):
    states, objects, seen = tables(seed)
    scores = pair_feasibility(states, objects, seen)
    assert (scores.index.tolist(), scores.columns.tolist()) == (states.classes.tolist(), objects.classes.tolist())
    for state in states.classes.tolist():
        for one in objects.classes.tolist():
            assert scores.loc[state, one] == pytest.approx(by_hand(states, objects, seen, state, one), abs=1e-12)


def test_a_seen_pair_says_nothing_about_itself():
    states, objects, seen = tables()
    state, one = seen[0]
    whole, without = pair_feasibility(states, objects, seen), pair_feasibility(states, objects, seen[1:])
    assert whole.loc[state, one] == without.loc[state, one]


def test_the_threshold_lets_the_wanted_share_of_held_out_seen_pairs_pass():
    states, objects, seen = tables(n_states=8, n_objects=9)
    scores = [by_hand(states, objects, [other for other in seen if other != pair], *pair) for pair in seen]
    least = np.sort(scores)[round(0.25 * (len(scores) - 1))]
    chosen = feasible_pairs(states, objects, seen, keep=1 - round(0.25 * (len(scores) - 1)) / (len(scores) - 1))
    every = class_pairs(states.classes, objects.classes)
    assert chosen == {
        label: pair
        for label, pair in every.items()
        if pair in seen or by_hand(states, objects, seen, *pair) >= least - 1e-12
    }
    assert set(seen) < set(chosen.values()) < set(every.values())


def test_thresholds_nest_and_the_ends_keep_all_or_the_seen_alone():
    states, objects, seen = tables()
    sizes = [len(feasible_pairs(states, objects, seen, threshold=value)) for value in (-1, 0, 0.3, 1)]
    assert sizes == sorted(sizes, reverse=True)
    assert (sizes[0], sizes[-1]) == (30, len(seen))


def test_seen_pairs_keep_the_names_that_they_have():
    states, objects, seen = tables()
    named = {f"class {place}": pair for place, pair in enumerate(seen)}
    found = feasible_pairs(states, objects, named, threshold=-1)
    assert {label: found[label] for label in named} == named
    assert Semantics.compose(states, objects, pairs=found).classes.tolist() == list(found)


def test_rows_of_zeros_are_like_nothing():
    states = {"a": [0.0, 0.0], "b": [1.0, 0.0]}
    assert pair_feasibility(states, {"x": [1.0], "y": [2.0]}, [("a", "x"), ("b", "y")]).loc["a", "y"] == 0.5


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"seen": []}, "seen is empty"),
        ({"seen": [("s0", 17)]}, r"seen holds \('s0', 17\), and 17 is no object"),
        ({"keep": 0}, r"keep=0; wanted a share in \(0, 1\]"),
        ({"keep": "most"}, "keep='most'"),
        ({"threshold": float("nan")}, "threshold=nan"),
        ({"seen": [("s0", 0), ("s1", 1)]}, "seen has no pair whose state and object both occur in other pairs"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    states, objects, seen = tables()
    with pytest.raises(SemanticsError, match=message):
        feasible_pairs(states, objects, **{"seen": seen} | arguments)
