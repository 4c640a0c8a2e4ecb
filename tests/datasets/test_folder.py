"""Images in class folders: what the encoder is shown, in which order, and what becomes of files that aren't images."""

import sys

import numpy as np
import pytest
import torch

from zsl.datasets import load_folder, read_folder
from zsl.exceptions import InvalidInputError, MissingExtraError, SemanticsError

Image = pytest.importorskip("PIL.Image")
TABLE = {"ant": [1.0, 0.0], "bee": [0.0, 1.0], "cat": [1.0, 1.0]}
COLOURS = {"ant": 10, "bee": 120, "cat": 240}


def colour(images):
    """Mean of each channel, and the size of the batch."""
    return np.stack([[*np.asarray(image, dtype=float).mean(axis=(0, 1)), len(images)] for image in images])


def paint(path, value, mode="RGB", size=(4, 2), **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, value).save(path, **options)
    return path


@pytest.fixture
def root(tmp_path):
    """Ten images of each of three classes; the red channel is the class, the green one the number."""
    for name, red in COLOURS.items():
        for number in range(10):
            paint(tmp_path / name / f"{number}.png", (red, number, 0))
    return tmp_path


def test_images_come_in_order_and_in_batches(root):
    X, y, paths = read_folder(root, colour, batch_size=8, verbose=False)
    assert y.tolist() == [name for name in COLOURS for _ in range(10)]
    assert paths == [root / name / f"{number}.png" for name in COLOURS for number in range(10)]
    np.testing.assert_array_equal(X[:, 0], np.repeat(list(COLOURS.values()), 10))
    np.testing.assert_array_equal(X[:, 1], np.tile(np.arange(10), 3))
    np.testing.assert_array_equal(X[:, 3], [8] * 24 + [6] * 6)


def test_the_encoder_may_open_the_files(root, monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL.Image", None)
    X, _, paths = read_folder(root, lambda given: [[len(path.name)] for path in given], takes="paths", verbose=False)
    np.testing.assert_array_equal(X[:, 0], [len(path.name) for path in paths])


def test_the_class_table_may_be_a_file(root, tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("class,x,y\n" + "".join(f"{name},{a},{b}\n" for name, (a, b) in TABLE.items()))
    split = load_folder(root, colour, semantics=path, unseen=["cat"], verbose=False)
    np.testing.assert_array_equal(split.semantics.rows(list(TABLE)), list(TABLE.values()))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_tensors_will_do(root, dtype):
    def encoder(images):
        return torch.tensor(colour(images), dtype=dtype, requires_grad=True)

    X, _, _ = read_folder(root, encoder, verbose=False)
    assert X.dtype == {torch.float32: np.float32, torch.float64: np.float64}[dtype]


def test_every_format_is_found_and_other_files_are_not(tmp_path):
    for name in ("a.bmp", "b.JPG", "c.jpeg", "d.png", "e.webp", ".hidden.png"):
        paint(tmp_path / "ant" / name, (8, 8, 8))
    (tmp_path / "ant" / "notes.txt").touch()
    (tmp_path / "notes.txt").touch()
    paint(tmp_path / ".thumbnails" / "a.png", 0, "L")
    paint(tmp_path / "ant" / "deeper" / "a.png", 0, "L")
    _, _, paths = read_folder(tmp_path, colour, verbose=False)
    assert [path.name for path in paths] == ["a.bmp", "b.JPG", "c.jpeg", "d.png", "e.webp"]


def seen(path):
    shown = []
    read_folder(path.parents[1], lambda images: shown.extend(images) or [[0]] * len(images), verbose=False)
    return shown[0]


def test_exif_rotation_is_applied(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    image = seen(paint(tmp_path / "ant" / "a.jpg", (9, 9, 9), size=(4, 2), exif=exif))
    assert (image.mode, image.size) == ("RGB", (2, 4))


@pytest.mark.parametrize(
    ("mode", "value", "options"),
    [
        ("L", 100, {}),
        ("RGBA", (100, 100, 100, 3), {}),
        ("I;16", 100 * 256 + 5, {}),
        ("P", 100, {"transparency": b"\x05" * 256}),
    ],
)
def test_every_mode_becomes_rgb(tmp_path, mode, value, options):
    path = tmp_path / "ant" / "a.png"
    path.parent.mkdir()
    image = Image.new(mode, (2, 2), value)
    if mode == "P":
        image.putpalette([number for number in range(256) for _ in range(3)])
    image.save(path, **options)
    found = seen(path)
    assert found.mode == "RGB"
    np.testing.assert_array_equal(found, np.full((2, 2, 3), 100))


def spoil(root):
    """Two files that are no images any more."""
    whole = paint(root / "bee" / "big.jpg", (5, 5, 5), size=(64, 64)).read_bytes()
    (root / "bee" / "big.jpg").write_bytes(whole[: len(whole) // 2])
    (root / "ant" / "0.png").write_bytes(b"an error page")


def test_a_spoiled_file_is_named(root):
    spoil(root)
    with pytest.raises(
        InvalidInputError,
        match=r"0\.png \(it is damaged or .*can't be opened as an image; on_error='skip'",
    ):
        read_folder(root, colour, verbose=False)


def test_spoiled_files_are_left_out_with_a_warning(root):
    spoil(root)
    with pytest.warns(UserWarning, match=r"2 files can't be opened and are left out: .*0\.png.*big\.jpg") as warned:
        X, y, paths = read_folder(root, colour, on_error="skip", batch_size=1, verbose=False)
    assert warned[0].filename == __file__
    assert len(X) == len(y) == len(paths) == 29
    assert [path.name for path in paths[:9]] == [f"{number}.png" for number in range(1, 10)]
    for number in range(1, 10):
        (root / "ant" / f"{number}.png").write_bytes(b"")
    with pytest.raises(
        InvalidInputError, match=r"No image can be opened of the classes \['ant'\]; the first problem: .*0"
    ):
        read_folder(root, colour, on_error="skip", verbose=False)


def test_many_spoiled_files_are_counted(root):
    for number in range(9):
        (root / "ant" / f"{number}.png").write_bytes(b"")
    with pytest.warns(UserWarning, match="9 files can't be opened .* and others"):
        read_folder(root, colour, on_error="skip", verbose=False)


def test_an_image_too_large_to_be_true_is_named(root, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 3)
    with pytest.raises(InvalidInputError, match=r"0\.png \(Image size \(8 pixels\) exceeds limit"):
        read_folder(root, colour, verbose=False)


def test_progress_is_shown_on_a_terminal_unless_silenced(root, capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    read_folder(root, colour)
    assert "images" in capsys.readouterr().err
    read_folder(root, colour, verbose=False)
    assert capsys.readouterr().err == ""


def test_labels_are_integers_if_all_folders_are(tmp_path):
    for name in ("1", "10", "2"):
        paint(tmp_path / name / "a.png", (0, 0, 0))
    assert read_folder(tmp_path, colour, verbose=False)[1].tolist() == [1, 10, 2]
    paint(tmp_path / "01" / "a.png", (0, 0, 0))
    assert read_folder(tmp_path, colour, verbose=False)[1].tolist() == ["01", "1", "10", "2"]


@pytest.mark.parametrize("kind", [int, str])
def test_labels_are_of_the_kind_that_the_table_has(tmp_path, kind):
    for name in ("1", "2"):
        paint(tmp_path / name / "a.png", (0, 0, 0))
    table = {kind(1): [1.0, 0.0], kind(2): [0.0, 1.0]}
    paint(tmp_path / "1" / "b.png", (0, 0, 0))
    split = load_folder(tmp_path, colour, semantics=table, unseen=[kind(2)], verbose=False)
    assert split.unseen_classes.tolist() == [kind(2)]


def test_classes_held_out(root):
    split = load_folder(
        root, colour, semantics=TABLE, unseen=["bee"], test_size=0.3, pool_size=0.4, name="bugs", verbose=False
    )
    assert [len(part) for part in (split.X_train, split.X_test_seen, split.X_test_unseen, split.X_support)] == [
        14,
        6,
        6,
        4,
    ]
    assert set(split.X_test_unseen[:, 0]) == {COLOURS["bee"]}
    assert split.name == "bugs"


def test_classes_without_images_are_known_and_not_tested_on(root):
    (root / "dog").mkdir()
    table = TABLE | {"dog": [0.5, 0.5], "eel": [0.2, 0.1]}
    assert read_folder(root, colour, verbose=False)[1].tolist() == [name for name in COLOURS for _ in range(10)]
    split = load_folder(root, colour, semantics=table, unseen=["bee", "dog", "eel"], verbose=False)
    assert split.unseen_classes.tolist() == ["bee"]
    assert split.semantics.classes.tolist() == list(table)
    with pytest.raises(InvalidInputError, match=r"has no folder for \['eel'\]"):
        load_folder(root, never, semantics=table, unseen=["eel"])
    (root / "dog" / "notes.txt").touch()
    with pytest.raises(InvalidInputError, match=r"folders without images \(.*\): 'dog'\."):
        read_folder(root, never)


@pytest.mark.parametrize("pool", [False, True])
def test_a_split_made_by_folders(tmp_path, pool):
    places = [("train", "ant"), ("train", "cat"), ("test_seen", "cat"), ("test_unseen", "bee")]
    for number, (part, name) in enumerate(places + [("pool", "bee")] * pool):
        paint(tmp_path / part / name / "a.png", (number, 0, 0))
    split = load_folder(tmp_path, colour, semantics=TABLE, verbose=False)
    assert split.X_train[:, 0].tolist() == [0, 1]
    assert split.y_train.tolist() == ["ant", "cat"]
    assert split.X_test_seen[:, 0].tolist() == [2]
    assert split.X_test_unseen[:, 0].tolist() == [3]
    assert (None if split.X_support is None else split.X_support[:, 0].tolist()) == ([4] if pool else None)


def never(_):
    raise AssertionError("no image should be encoded")


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"encoder": None}, InvalidInputError, "encoder=None; wanted a function .* there is no default encoder"),
        ({"takes": "files"}, InvalidInputError, "takes='files'; wanted 'images' or 'paths'"),
        ({"on_error": "ignore"}, InvalidInputError, "on_error='ignore'; wanted 'raise' or 'skip'"),
        ({"batch_size": 0}, InvalidInputError, "batch_size=0; wanted a whole number of 1 or more"),
        ({"batch_size": True}, InvalidInputError, "batch_size=True"),
        ({"unseen": "bee"}, InvalidInputError, "unseen='bee'; wanted a list"),
        ({"unseen": ["dog"]}, InvalidInputError, r"unseen=\['dog'\]; .* has no folder for \['dog'\]"),
        ({"test_size": 1}, InvalidInputError, "test_size=1"),
        ({"semantics": {"ant": [1.0], "bee": [0.0]}}, SemanticsError, r"no row for 1 folders of .*: \['cat'\]"),
        (
            {"unseen": None},
            InvalidInputError,
            "unseen=None, and .* has no folder train, test_seen, test_unseen; wanted",
        ),
        ({"root": "absent"}, InvalidInputError, "absent is not a folder"),
    ],
)
def test_bad_arguments_are_named_before_an_image_is_encoded(root, arguments, error, message):
    given = {"root": root, "encoder": never, "semantics": TABLE, "unseen": ["bee"], "verbose": False} | arguments
    with pytest.raises(error, match=message):
        load_folder(**given)


def test_folders_without_classes_or_images_are_named(tmp_path):
    with pytest.raises(InvalidInputError, match="holds no folders; wanted a folder of images for each class"):
        read_folder(tmp_path, never)
    for number in range(7):
        (tmp_path / f"class_{number}").mkdir()
    with pytest.raises(
        InvalidInputError, match=r"folders without images \(\.bmp.*\): 'class_0', .*'class_4' and 2 more"
    ):
        read_folder(tmp_path, never)


@pytest.mark.parametrize(
    ("encoder", "message"),
    [
        (lambda images: np.zeros((1, 3)), "encoder returned 1 rows for 7 images; wanted one row per image"),
        (lambda images: np.zeros(len(images)), r"what encoder returned has shape \(7,\)"),
        (lambda images: np.full((len(images), 2), np.nan), "what encoder returned holds nan"),
        (
            lambda images: np.zeros((len(images), len(images))),
            "encoder returned 2 features, 7 before; wanted one width",
        ),
    ],
)
def test_what_an_encoder_may_not_return_is_named(root, encoder, message):
    with pytest.raises(InvalidInputError, match=message):
        read_folder(root, encoder, batch_size=7, verbose=False)


def test_parts_of_different_widths_are_named(tmp_path):
    for part, name in (("train", "ant"), ("test_seen", "ant"), ("test_unseen", "bee")):
        paint(tmp_path / part / name / "a.png", (0, 0, 0))
    widths = iter([2, 2, 3])
    with pytest.raises(InvalidInputError, match=r"encoder returned {'train': 2, .*'test_unseen': 3} features"):
        load_folder(tmp_path, lambda images: np.zeros((1, next(widths))), semantics=TABLE, verbose=False)


def test_opening_images_without_pillow_says_what_to_install(root, monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL.Image", None)
    with pytest.raises(MissingExtraError, match=r"needs Pillow: pip install 'zslearn\[images\]'"):
        read_folder(root, colour, verbose=False)
