"""The tree: what it is made from, what it refuses, what it says of its nodes."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
from scipy.cluster.hierarchy import cut_tree, linkage

from zsl import InvalidInputError, Semantics
from zsl.persistence.codec import pack, unpack
from zsl.taxonomy import Taxonomy, as_taxonomy
from zsl.taxonomy.known import KnownTree

NESTED = {"animal": {"cat": ["lion", "tiger"], "dog": ["wolf"]}, "plant": ["rose"]}
FLAT = {"lion": "cat", "tiger": "cat", "wolf": "dog", "rose": "plant", "cat": "animal", "dog": "animal"}
TREE = Taxonomy(NESTED)


def as_sets(tree):
    return {node: set(tree.leaves_of(node).tolist()) for node in tree.nodes.tolist()}


@pytest.mark.parametrize(
    "given",
    [
        FLAT,
        FLAT | {"animal": None, "plant": None},
        pd.Series(FLAT),
        list(FLAT.items()),
        np.array(list(FLAT.items())),
        pd.DataFrame(list(FLAT.items()), columns=["child", "parent"]),
        {"animal": {"cat": {"lion": None, "tiger": []}, "dog": "wolf"}, "plant": {"rose"}},
    ],
    ids=["mapping", "tops", "series", "pairs", "array", "frame", "nested"],
)
def test_all_forms_make_the_same_tree(given):
    assert as_sets(as_taxonomy(given)) == as_sets(TREE)


def test_what_it_says_of_nodes():
    assert TREE.root == "root"
    assert TREE.classes.tolist() == ["lion", "tiger", "wolf", "rose"]
    assert TREE.groups.tolist() == ["root", "animal", "plant", "cat", "dog"]
    assert TREE.ancestors("lion") == ["cat", "animal", "root"]
    assert [TREE.depth(node) for node in ("root", "plant", "rose", "wolf")] == [0, 1, 2, 3]
    assert TREE.children("animal") == ["cat", "dog"]
    assert TREE.parent("root") is None
    assert TREE.leaves_of("animal").tolist() == ["lion", "tiger", "wolf"]
    assert TREE.leaves_of("rose").tolist() == ["rose"]
    assert TREE.lowest_common_ancestor("lion", "wolf", "cat") == "animal"
    assert TREE.lowest_common_ancestor("lion", "animal") == "animal"
    assert TREE.lowest_common_ancestor("rose") == "rose"
    assert "lion" in TREE
    assert 7 not in TREE
    assert repr(TREE) == "Taxonomy(4 classes below 5 groups, depth 3)"


def test_numbers_as_classes_with_named_groups():
    tree = Taxonomy({0: "round", 1: "straight", np.int64(8): "round", 7.0: "straight"})
    assert tree.classes.dtype.kind == "i"
    assert tree.classes.tolist() == [0, 1, 8, 7]
    assert tree.groups.tolist() == ["root", "round", "straight"]
    assert tree.nodes.dtype == object
    assert tree.ancestors(np.int64(8)) == ["round", "root"]
    assert Taxonomy({0: 10, 1: 10, 2: 11}).root == -1
    assert Taxonomy({0: 10, 1: 10}).root == 10


def test_one_column_per_rank(tmp_path):
    path = tmp_path / "birds.csv"
    path.write_text("species;genus;family\n1;Corvus;Corvidae\n2;Corvus;Corvidae\n3;;Laridae\n4;Pica;Corvidae\n")
    tree = Taxonomy.from_csv(path)
    assert tree.classes.tolist() == [1, 2, 3, 4]
    assert tree.ancestors(1) == ["Corvus", "Corvidae", "root"]
    assert tree.ancestors(3) == ["Laridae", "root"]
    assert [tree.rank(node) for node in (1, "Corvus", 3, "Laridae", "root")] == [
        "species",
        "genus",
        "species",
        "family",
        None,
    ]
    again = Taxonomy.from_frame(tree.to_frame())
    assert as_sets(again) == as_sets(tree)
    assert again.rank("Corvus") == "genus"
    assert as_sets(as_taxonomy(path)) == as_sets(tree)


def test_a_csv_of_children_and_parents_keeps_numbers_beside_names(tmp_path):
    path = tmp_path / "tree.csv"
    path.write_text("child,parent\n0,even\n1,odd\n2,even\nodd,number\neven,number\n")
    tree = Taxonomy.from_csv(path)
    assert tree.classes.tolist() == [0, 1, 2]
    assert tree.root == "number"


def test_ranks_by_depth():
    tree = Taxonomy({"cat": ["lion"], "dog": ["wolf"]}, ranks=["genus", "species"])
    assert tree.rank("cat") == "genus"
    assert tree.add({"fox": "dog", "bear": "ursus"}).rank("bear") == "species"
    assert tree.add({"fox": "dog", "bear": "ursus"}).rank("ursus") == "genus"
    with pytest.raises(InvalidInputError, match="ranks has 1 names; wanted one for each of 2 depths"):
        Taxonomy({"cat": ["lion"], "dog": ["wolf"]}, ranks=["species"])
    with pytest.raises(InvalidInputError, match=r"ranks names .'lyon'.*Did you mean 'lion'"):
        Taxonomy({"cat": ["lion"], "dog": ["wolf"]}, ranks={"lyon": "species"})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "taxonomy is empty"),
        ([("a", "b"), ("a", "c")], "two parents for 'a', 'b' and 'c'"),
        ({"a": "b", "b": "c", "c": "a"}, "goes in a circle, .'a', 'b', 'c', 'a'"),
        ({"a": "a"}, "goes in a circle, .'a', 'a'"),
        ({"a": 1, "b": "c"}, "groups of taxonomy mixes"),
        ({1: "c", "b": "c"}, "classes of taxonomy mixes"),
        ({1.5: "c"}, "1.5"),
        ({True: "c"}, "a node True"),
        ({" ": "c"}, "a node ' '"),
        (["ab", "cd"], "holds 'ab' at position 0; wanted"),
        ([("a", "b", "c")], "at position 0; wanted"),
        (3, "taxonomy=3; wanted"),
        (None, "taxonomy=None; wanted"),
        ({"root": "x", "b": "y"}, "root='root' is a node"),
    ],
)
def test_what_it_refuses(given, message):
    with pytest.raises(InvalidInputError, match=message):
        Taxonomy(given)


def test_a_row_with_the_same_name_at_two_ranks():
    with pytest.raises(InvalidInputError, match="has 'x' as 'species' and as 'genus'"):
        Taxonomy.from_frame(pd.DataFrame({"species": ["x"], "genus": ["x"]}))
    with pytest.raises(InvalidInputError, match="no 'species' in row 1"):
        Taxonomy.from_frame(pd.DataFrame({"species": ["x", None], "genus": ["y", "z"]}))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "0 lines"),
        ("a\nb\n", "of 1 columns"),
        ("child,parent\na,b\nc\n", "1 fields in line 3"),
        ("x,y\nc,c\n", "as"),
    ],
)
def test_files_that_are_no_trees(text, message, tmp_path):
    path = tmp_path / "tree.csv"
    path.write_text(text)
    with pytest.raises(InvalidInputError, match=message) as error:
        Taxonomy.from_csv(path)
    assert "tree.csv" in str(error.value)


def test_select_and_add():
    some = TREE.select(["wolf", "rose"])
    assert some.nodes.tolist() == ["root", "animal", "plant", "dog", "wolf", "rose"]
    assert some.ancestors("wolf") == ["dog", "animal", "root"]
    more = some.add({"lily": "plant", "oak": "tree", "tree": "plant"})
    assert more.leaves_of("plant").tolist() == ["rose", "lily", "oak"]
    assert more.add({"stone": None}).parent("stone") == "root"
    assert TREE.classes.tolist() == ["lion", "tiger", "wolf", "rose"]
    for call, message in (
        (lambda: TREE.select(["cat"]), "classes names .'cat'., groups"),
        (lambda: TREE.select(["lyon"]), "classes='lyon' is not in .*Did you mean 'lion'"),
        (lambda: TREE.select([]), "classes is empty"),
        (lambda: TREE.add({"cub": "lion"}), "below 'lion', which is a class"),
        (lambda: TREE.add({"lion": "dog"}), "two parents for 'lion'"),
        (lambda: TREE.depth("lyon"), "node='lyon' is not in the taxonomy"),
        (lambda: TREE.lowest_common_ancestor(), "nodes is empty"),
    ):
        with pytest.raises(InvalidInputError, match=message):
            call()


def test_it_never_changes():
    with pytest.raises(AttributeError, match="cannot be changed"):
        TREE.root = "other"
    with pytest.raises(ValueError, match="read-only"):
        TREE.classes[0] = "x"
    assert copy.deepcopy(TREE) is TREE
    again = pickle.loads(pickle.dumps(TREE))
    assert again == TREE
    assert hash(again) == hash(TREE)
    assert not again.parents.flags.writeable
    assert TREE.select(["lion"]) != TREE


def test_it_is_stored_as_it_is():
    for tree in (TREE, Taxonomy({0: "a", 1: "b"}, ranks=["group", "digit"])):
        tensors = {}
        again = unpack(pack(tree, "tree", tensors), tensors)
        assert again == tree
        assert again.classes.dtype == tree.classes.dtype


def test_clusters_are_those_of_scipy():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(12, 5))
    table = Semantics(rows, classes=[f"c{i}" for i in range(12)])
    tree = Taxonomy.from_semantics(table)
    centred = rows - rows.mean(axis=0)
    merges = linkage(centred / np.linalg.norm(centred, axis=1, keepdims=True), "average")
    cuts = cut_tree(merges)  # (class, step)
    wanted = {frozenset(np.flatnonzero(step == code).tolist()) for step in cuts.T for code in set(step.tolist())}
    found = {frozenset(int(name[1:]) for name in tree.leaves_of(node)) for node in tree.nodes.tolist()}
    assert found == wanted
    by_rank = Taxonomy.from_semantics(table, n_groups=(3, 6))
    assert sorted(np.bincount(by_rank.depths).tolist()) == [1, 3, 6, 12]
    for node in by_rank.nodes.tolist():
        assert frozenset(int(name[1:]) for name in by_rank.leaves_of(node)) in wanted
    for bad, message in (
        ({"n_groups": 12}, "n_groups=12"),
        ({"n_groups": [3, 3]}, "n_groups"),
        ({"method": "x"}, "method"),
    ):
        with pytest.raises(InvalidInputError, match=message):
            Taxonomy.from_semantics(table, **bad)


def test_probabilities_and_paths_of_the_known_classes():
    tree = KnownTree(TREE, ["wolf", "lion", "rose"])
    probabilities = np.array([[0.3, 0.25, 0.45], [0.1, 0.1, 0.8]])
    places = {node: TREE.place(node) for node in TREE.nodes.tolist()}
    found = tree.node_probabilities(probabilities)
    for node, place in places.items():
        own = [column for column, name in enumerate(["wolf", "lion", "rose"]) if name in TREE.leaves_of(node)]
        np.testing.assert_allclose(found[:, place], probabilities[:, own].sum(axis=1), atol=1e-15)
    nodes, values = tree.paths(probabilities)
    assert TREE.nodes[nodes[0]].tolist() == ["root", "animal", "dog", "wolf"]
    assert nodes[1].tolist() == [0, places["plant"], places["rose"], -1]
    np.testing.assert_allclose(values[0], [1, 0.55, 0.3, 0.3])
    assert np.isnan(values[1, 3])
    right = tree.on_line(nodes, TREE.places_of(["tiger", "rose"]))
    assert right.tolist() == [[True, True, False, False], [True, True, True, False]]
    assert TREE.nodes[tree.nearest_known(TREE.places_of(["tiger", "lion"]))].tolist() == ["cat", "lion"]
