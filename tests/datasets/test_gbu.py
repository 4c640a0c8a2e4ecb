"""The benchmark reader: on a small made-up set, on the real index sets, and on every way that files can be wrong."""

import hashlib
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
from mat_files import write_5, write_73
from scipy.io import loadmat

import zsl.datasets.gbu.loading as gbu
from zsl.datasets import load_gbu
from zsl.datasets.gbu._checks import PUBLISHED, Published
from zsl.exceptions import InvalidInputError, MissingExtraError

REAL = dict(PUBLISHED)
SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "gbu"
TINY = Published(images=8, classes=4, attributes=3, train=3, test_seen=2, test_unseen=3, unseen_classes=2)
NAMES = ["ant", "polar+bear", "cat", "dog"]
LABELS = np.array([1, 2, 3, 1, 2, 3, 1, 4])
FOLDERS = ["ant", "polar_bear", "cat", "ant", "Polar Bear", "cat", "ant", "DOG"]


@pytest.fixture(autouse=True)
def tiny_is_published(monkeypatch):
    """Eight images of four classes pass for AWA2 as published."""
    monkeypatch.setitem(gbu.PUBLISHED, "AWA2", TINY)


def tiny(**changed):
    """The variables of both files: feature j of image i is 10 i + j, attribute a of class c is 10 c + a."""
    first = {
        "features": (np.arange(2)[:, None] + 10 * np.arange(1, 9)).astype(np.float32),
        "labels": LABELS[:, None].astype(float),
        "image_files": [rf"/home\x//JPEGImages/{folder}/{number}.jpg" for number, folder in enumerate(FOLDERS)],
    }
    second = {
        "att": np.arange(3.0)[:, None] + 10 * np.arange(1, 5),
        "original_att": -np.arange(3.0)[:, None] - 10 * np.arange(1, 5),
        "allclasses_names": NAMES,
        "trainval_loc": np.array([[7], [1], [2]], dtype=np.uint16),
        "test_seen_loc": np.array([[4], [5]], dtype=np.uint16),
        "test_unseen_loc": np.array([[3], [6], [8]], dtype=np.uint16),
        "train_loc": np.array([[99]]),
        "val_loc": np.array([[99]]),
    }
    for name, value in changed.items():
        for variables in (first, second):
            if name in variables:
                variables[name] = value
    return tuple({name: value for name, value in part.items() if value is not None} for part in (first, second))


def put(folder, write=write_5, **changed):
    folder.mkdir(parents=True, exist_ok=True)
    first, second = tiny(**changed)
    write(folder / "res101.mat", **first)
    write(folder / "att_splits.mat", **second)
    return folder


@pytest.mark.parametrize("write", [write_5, write_73])
def test_every_array_is_where_it_belongs(tmp_path, write):
    put(tmp_path / "AWA2", write)
    split = load_gbu("AWA2", tmp_path)
    np.testing.assert_array_equal(split.X_train, [[70, 71], [10, 11], [20, 21]])
    np.testing.assert_array_equal(split.X_test_seen, [[40, 41], [50, 51]])
    np.testing.assert_array_equal(split.X_test_unseen, [[30, 31], [60, 61], [80, 81]])
    assert split.X_train.dtype == np.float32
    assert split.y_train.tolist() == ["ant", "ant", "polar+bear"]
    assert split.y_test_seen.tolist() == ["ant", "polar+bear"]
    assert split.y_test_unseen.tolist() == ["cat", "cat", "dog"]
    assert split.X_support is None
    np.testing.assert_array_equal(split.semantics.rows(["dog", "ant"]), [[40, 41, 42], [10, 11, 12]])
    assert split.semantics.classes.tolist() == NAMES
    assert split.name == "AWA2"
    assert split.info["version"] == "proposed split, published counts"
    assert split.info["mismatches"] == ()
    assert split.info["written"].startswith("MATLAB")
    sorted_sets = np.array([1, 2, 7, 4, 5, 3, 6, 8], dtype="<i8")
    assert split.info["split_sha256"] == hashlib.sha256(sorted_sets.tobytes()).hexdigest()
    assert split.info["known_split"] is False


def test_the_original_attributes(tmp_path):
    put(tmp_path / "AWA2")
    split = load_gbu("awa2", tmp_path, attributes="original_att")
    np.testing.assert_array_equal(split.semantics.rows(["polar+bear"]), [[-20, -21, -22]])
    assert split.info["attributes"] == "original_att"


@pytest.mark.parametrize("place", ["AWA2", "awa2", "data/AwA2", "xlsa17/data/AWA2"])
def test_where_the_folder_may_be(tmp_path, place):
    put(tmp_path / place)
    assert len(load_gbu("AWA2", str(tmp_path)).X_train) == 3


def test_the_default_place(tmp_path, monkeypatch):
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path))
    put(tmp_path / "xlsa17" / "data" / "AWA2")
    assert len(load_gbu("AWA2").X_train) == 3


def test_classes_without_names_are_numbers(tmp_path, monkeypatch):
    monkeypatch.setitem(gbu.PUBLISHED, "FLO", Published(8, 4, 3, 3, 2, 3, None, named=False))
    put(tmp_path / "FLO", allclasses_names=None, image_files=None)
    split = load_gbu("FLO", tmp_path)
    assert split.y_test_unseen.tolist() == [3, 3, 4]
    assert split.semantics.classes.tolist() == [1, 2, 3, 4]
    assert "Xian" not in split.info["source"]


def column(*numbers):
    return np.array(numbers)[:, None]


FAULTS = [
    ({"features": None}, "features is missing"),
    ({"features": ["text"]}, "features is text; wanted numbers"),
    ({"allclasses_names": column(1, 2, 3, 4)}, "allclasses_names has dtype .*; wanted text"),
    ({"att": None, "labels": None}, "labels is missing; att is missing"),
    ({"features": np.ones((8, 2))}, r"features has shape \(8, 2\), labels 8 entries \(it looks transposed\)"),
    ({"features": np.ones((2, 5))}, r"features has shape \(2, 5\), labels 8 entries\."),
    ({"features": np.ones((0, 8))}, r"features has shape \(0, 8\); wanted a matrix"),
    ({"features": np.full((2, 8), np.nan)}, "features holds values that aren't finite in 8 of 8 columns"),
    ({"labels": np.ones((2, 4))}, r"labels has shape \(2, 4\); wanted one column"),
    ({"labels": np.array([]), "image_files": []}, r"labels has shape \(0, 0\); wanted one column"),
    ({"labels": column(*LABELS) + 0.5}, "labels holds numbers that aren't whole"),
    ({"labels": column(*LABELS[:-1], np.inf)}, "labels holds numbers that aren't whole"),
    ({"labels": column(*LABELS) - 1}, "labels is 0-based, from 0 to 3; wanted 1 for the first class"),
    ({"labels": column(*LABELS) + 1}, "labels runs from 2 to 5 for 4 classes; wanted 1 to 4"),
    ({"att": np.ones((4, 3))}, r"att has shape \(4, 3\), allclasses_names 4 entries \(it looks transposed\)"),
    ({"allclasses_names": ["ant", "bee", "ant", ""]}, "names that are empty or occur twice: 'ant', ''"),
    ({"image_files": ["a.jpg"]}, "image_files has 1 entries, labels 8"),
    (
        {"trainval_loc": column(6, 0, 1), "test_seen_loc": column(3, 4), "test_unseen_loc": column(2, 5, 7)},
        "the index sets are 0-based, from 0 to 7; wanted 1 for the first image",
    ),
    ({"trainval_loc": column(7, 1, 9)}, "trainval_loc runs from 1 to 9; wanted 1 to 8; 1 of 8 images are in no index"),
    ({"trainval_loc": column(7, 0, 2)}, r"published: trainval_loc runs from 0 to 7; wanted 1 to 8"),
    ({"trainval_loc": column(7, 1, 1)}, "trainval_loc names 1 images more than once; 1 of 8 images are in no index"),
    ({"test_seen_loc": column(2, 7)}, "trainval_loc and test_seen_loc share 2 images; 2 of 8 images are in no index"),
    ({"test_unseen_loc": column(3, 6)}, "1 of 8 images are in no index set; 2 images in test_unseen_loc, published 3"),
    (
        {"trainval_loc": column(7, 1, 3), "test_unseen_loc": column(2, 6, 8)},
        "1 classes are in both trainval_loc and test_unseen_loc: 'cat'; 1 classes are in test_seen_loc but not in "
        r"trainval_loc: 'polar\+bear'",
    ),
]


@pytest.mark.parametrize(("changed", "message"), FAULTS)
def test_faults_are_named(tmp_path, changed, message):
    folder = put(tmp_path / "AWA2", **changed)
    with pytest.raises(InvalidInputError, match=message) as raised:
        load_gbu("AWA2", tmp_path)
    assert str(raised.value).startswith(f"{folder} doesn't hold AWA2 as published: ")
    assert "strict" not in str(raised.value)
    with pytest.raises(InvalidInputError):
        load_gbu("AWA2", tmp_path, strict=False)


def test_all_that_is_wrong_is_in_one_error(tmp_path):
    put(tmp_path / "AWA2", labels=column(*LABELS) - 1, trainval_loc=column(7, 1), att=np.ones((2, 4)))
    with pytest.raises(InvalidInputError) as raised:
        load_gbu("AWA2", tmp_path)
    for part in (
        "labels is 0-based",
        "1 of 8 images are in no index set",
        "2 attributes, published 3",
        "2 images in trainval_loc, published 3",
    ):
        assert part in str(raised.value)


MISMATCHES = [
    (
        {"images": 9, "classes": 5, "attributes": 4, "train": 4, "test_seen": 3, "test_unseen": 4, "unseen_classes": 3},
        {},
        "8 images, published 9; 4 classes, published 5; 3 attributes, published 4; 3 images in trainval_loc, "
        "published 4; 2 images in test_seen_loc, published 3; 3 images in test_unseen_loc, published 4; "
        "2 unseen classes, published 3",
    ),
    ({}, {"allclasses_names": None}, "allclasses_names is missing"),
    (
        {},
        {"allclasses_names": ["polar+bear", "ant", "cat", "dog"]},
        "class order: 3 images of 'polar+bear' in folders named 'ant', 2 images of 'ant' in folders named 'polar+bear'",
    ),
]


@pytest.mark.parametrize(("published", "changed", "message"), MISMATCHES)
def test_mismatches_are_refused_or_listed(tmp_path, monkeypatch, published, changed, message):
    monkeypatch.setitem(gbu.PUBLISHED, "AWA2", Published(**{**vars(TINY), **published}))
    folder = put(tmp_path / "AWA2", **changed)
    with pytest.raises(InvalidInputError) as raised:
        load_gbu("AWA2", tmp_path)
    assert str(raised.value) == (f"{folder} doesn't hold AWA2 as published: {message}. Pass strict=False to accept it.")
    with pytest.warns(UserWarning, match="differs from AWA2 as published") as warned:
        split = load_gbu("AWA2", tmp_path, strict=False)
    assert warned[0].filename == __file__
    assert "; ".join(split.info["mismatches"]) == message
    assert split.info["version"] == "proposed split, with mismatches"


def test_many_mismatches_are_counted(tmp_path):
    order = [f"class_{number}" for number in range(4, 8)] + [f"class_{number}" for number in range(4)]
    changed = {
        "allclasses_names": order,
        "att": np.ones((3, 8)),
        "labels": column(*range(1, 9)),
        "image_files": [f"class_{number}/a.jpg" for number in range(8)],
        "test_seen_loc": column(1, 2, 7),
    }
    put(tmp_path / "AWA2", **changed)
    with pytest.raises(InvalidInputError, match=r"class order: 1 images of 'class_4' in .*'class_4' and 3 more"):
        load_gbu("AWA2", tmp_path)


def test_folders_that_are_no_classes_say_nothing(tmp_path):
    put(tmp_path / "AWA2", image_files=[f"JPEGImages/{number}.jpg" for number in range(7)] + ["loose.jpg"])
    assert load_gbu("AWA2", tmp_path).info["mismatches"] == ()


def test_nested_folders_are_read_as_one_name(tmp_path):
    names = ["airport_entrance", "airport", "entrance", "bar"]
    folders = [["airport/entrance", "a/airport", "b/entrance", "b/bar"][label - 1] for label in LABELS]
    put(tmp_path / "AWA2", allclasses_names=names, image_files=[f"{folder}/x.jpg" for folder in folders])
    assert load_gbu("AWA2", tmp_path).info["mismatches"] == ()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("imagenet",), "name='imagenet'; wanted one of AWA1, AWA2, CUB, SUN, APY, FLO"),
        (("CUB",), "has no folder CUB with res101.mat and att_splits.mat"),
        (("AWA2", "absent"), "root='absent' has no folder AWA2"),
    ],
)
def test_what_is_not_there_is_named(tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    (put(tmp_path / "CUB") / "res101.mat").unlink()
    with pytest.raises(InvalidInputError, match=message):
        load_gbu(arguments[0], *(arguments[1:] or [tmp_path]))


def test_unknown_attributes_are_named(tmp_path):
    with pytest.raises(InvalidInputError, match="attributes='binary'; wanted 'att' or 'original_att'"):
        load_gbu("AWA2", tmp_path, attributes="binary")


# ---------------------------------------------------------------- downloading


@pytest.fixture
def server(tmp_path):
    """An archive of the small set, served on this machine, and how often it was asked for."""
    source = put(tmp_path / "source")
    place = tmp_path / "served"
    place.mkdir()
    with ZipFile(place / "xlsa17.zip", "w") as archive:
        for file in source.iterdir():
            archive.write(file, f"xlsa17/data/AWA2/{file.name}")
            archive.write(file, f"__MACOSX/xlsa17/data/AWA2/._{file.name}")
        archive.writestr("xlsa17/data/CUB/res101.mat", b"")

    class Handler(SimpleHTTPRequestHandler):
        asked = 0

        def log_message(self, *_):
            type(self).asked += 1

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(place))) as found:
        thread = threading.Thread(target=found.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{found.server_address[1]}/xlsa17.zip", Handler
        found.shutdown()
        thread.join()


@pytest.fixture
def root(tmp_path):
    pytest.importorskip("pooch")
    return tmp_path / "root"


def test_a_set_is_fetched_once_and_its_sum_recorded(server, root):
    url, handler = server
    assert len(load_gbu("AWA2", root, download=True, url=url).X_train) == 3
    record = (root / "xlsa17.zip.sha256").read_text().split()
    assert record == [hashlib.sha256((root / "xlsa17.zip").read_bytes()).hexdigest(), "xlsa17.zip"]
    assert sorted(path.name for path in (root / "xlsa17/data/AWA2").iterdir()) == ["att_splits.mat", "res101.mat"]
    (root / "xlsa17/data/AWA2/res101.mat").unlink()
    load_gbu("AWA2", root, download=True, url=url)
    load_gbu("AWA2", root)
    assert handler.asked == 1


@pytest.mark.parametrize("record", [None, "", "0" * 64])
def test_an_archive_that_changed_is_refused(server, root, record):
    url, _ = server
    load_gbu("AWA2", root, download=True, url=url)
    (root / "xlsa17/data/AWA2/res101.mat").unlink()
    if record is None:
        with (root / "xlsa17.zip").open("ab") as file:
            file.write(b"more")
    else:
        (root / "xlsa17.zip.sha256").write_text(record)
    with pytest.raises(InvalidInputError, match=r"xlsa17\.zip has the SHA-256 \w{64}, and .* records .*; delete the"):
        load_gbu("AWA2", root, download=True, url=url)


def test_a_set_that_the_archive_lacks_is_named(server, root):
    url, handler = server
    with pytest.raises(InvalidInputError, match=r"xlsa17\.zip holds 0 files SUN/res101\.mat"):
        load_gbu("SUN", root, download=True, url=url)
    with pytest.raises(InvalidInputError, match=r"holds 0 files CUB/att_splits\.mat"):
        load_gbu("CUB", root, download=True, url=url)
    handler.asked = 0
    with pytest.raises(InvalidInputError, match=r"download=True, but .* doesn't hold FLO; put its files in"):
        load_gbu("FLO", root, download=True, url=url)
    assert handler.asked == 0


def test_an_archive_that_is_none_is_named(root):
    root.mkdir()
    (root / "xlsa17.zip").write_bytes(b"an error page")
    with pytest.raises(InvalidInputError, match=r"xlsa17\.zip can't be read as a ZIP archive"):
        load_gbu("AWA2", root, download=True)


def test_an_address_without_the_file_is_named(server, root):
    url, _ = server
    with pytest.raises(InvalidInputError, match=r"absent\.zip can't be fetched .*; fetch it by other means and put it"):
        load_gbu("AWA2", root, download=True, url=url.replace("xlsa17", "absent"))


def test_fetching_without_pooch_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(MissingExtraError, match=r"needs pooch: pip install 'zslearn\[download\]'"):
        load_gbu("AWA2", tmp_path, download=True)


# ---------------------------------------------------------------- the real index sets


def test_published_counts_add_up():
    for name, facts in PUBLISHED.items():
        assert facts.train + facts.test_seen + facts.test_unseen == facts.images, name


@pytest.mark.parametrize("name", ["AWA1", "AWA2", "APY", "CUB", "SUN"])
@pytest.mark.parametrize("write", [write_5, write_73])
def test_real_index_sets(tmp_path, monkeypatch, name, write):
    """Features and labels are made up to go with the real class table and index sets."""
    path = SHARED / name.lower() / "att_splits.mat"
    if not path.is_file():
        pytest.skip("needs ../shared/data/gbu")
    facts = REAL[name]
    monkeypatch.setitem(gbu.PUBLISHED, name, facts)
    real = loadmat(path)
    names = [str(entry[0]) for entry in real["allclasses_names"].ravel()]
    seen = facts.classes - facts.unseen_classes
    labels = np.zeros(facts.images, dtype=np.int64)
    for key, classes in (
        ("trainval_loc", np.arange(1, seen + 1)),
        ("test_seen_loc", np.arange(1, seen + 1)),
        ("test_unseen_loc", np.arange(seen + 1, facts.classes + 1)),
    ):
        labels[real[key].ravel() - 1] = np.resize(classes, real[key].size)
    features = np.stack([np.arange(facts.images), labels]).astype(np.float32)
    files = [f"/data/{names[label - 1]}/{number}.jpg" for number, label in enumerate(labels)]
    folder = tmp_path / name
    folder.mkdir()
    if write is write_5:
        write(folder / "res101.mat", features=features, labels=labels[:, None], image_files=files)
        (folder / "att_splits.mat").write_bytes(path.read_bytes())
    else:
        kept = {key: real[key] for key in ("att", "original_att", "trainval_loc", "test_seen_loc", "test_unseen_loc")}
        write(folder / "res101.mat", features=features, labels=labels[:, None])  # cells of HDF5 are slow to write
        write(folder / "att_splits.mat", allclasses_names=names, **kept)
    split = load_gbu(name, tmp_path)
    assert len(split.seen_classes) == seen
    assert len(split.unseen_classes) == facts.unseen_classes
    assert split.semantics.vectors.shape == (facts.classes, facts.attributes)
    assert split.info["known_split"] is True
    np.testing.assert_array_equal(np.array(names)[split.X_train[:, 1].astype(int) - 1], split.y_train)
    np.testing.assert_array_equal(split.X_test_seen[:, 0], real["test_seen_loc"].ravel() - 1)
    np.testing.assert_allclose(np.linalg.norm(split.semantics.vectors, axis=1), 1, atol=1e-9)
