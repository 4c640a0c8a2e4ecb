"""Write the stored corpus of the fuzzer anew, under tests/corpus; all contents are made up."""

import gzip
import io
import shutil
import sys
import tarfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pandas as pd
from PIL import Image

from benchmarks.robustness._targets import CORPUS, encode_some
from zsl.datasets import write_shards

X = np.arange(12, dtype=np.float32).reshape(4, 3) / 8
Y = ["ant", "ant", "bee", "cat"]
WORDS = "7 2\non .1 .2\non name@domain.com .5 .5\n2007 8 9\npolar bear 6 6\npolar\t1\t2\nbear 3 4\n"


def _mat(place: Path, write: Callable[[Path, dict[str, object]], None]) -> None:
    variables = {
        "features": np.arange(24.0).reshape(4, 6),
        "labels": np.array([[1.0], [1], [2], [2], [3], [3]]),
        "image_files": ["a/1.jpg", "a/2.jpg", "b/1.jpg", "b/2.jpg", "c/1.jpg", "ä/2.jpg"],
        "att": np.eye(3, dtype=np.float32),
        "allclasses_names": ["polar+bear", "ant", "bee"],
        "trainval_loc": np.array([[1.0], [3]]),
        "test_seen_loc": np.array([[2], [4]], np.uint16),
        "test_unseen_loc": np.array([[5], [6]], np.uint8),
    }
    write(place / "data.mat", variables)


def _write(root: Path) -> None:
    sys.path.insert(0, str(Path("tests/datasets").resolve()))
    from mat_files import write_5, write_73

    def case(name: str) -> Path:
        place = root / name
        place.mkdir(parents=True)
        return place

    _mat(case("mat5/plain"), lambda path, variables: write_5(path, **variables))
    _mat(case("mat73/plain"), lambda path, variables: write_73(path, **variables))
    np.save(case("npy/float32") / "data.npy", X)
    np.save(case("npy/integers") / "data.npy", np.arange(6, dtype=">i2").reshape(2, 3).T)
    np.savez(case("npz/plain") / "data.npz", X=X, label=Y)
    np.savez_compressed(case("npz/deflated") / "data.npz", features=X, label=np.arange(4))
    frame = pd.DataFrame(X, columns=["a", "b", "c"]).assign(label=Y)
    frame.to_csv(case("csv/plain") / "data.csv", index=False)
    frame.to_parquet(case("parquet/snappy") / "data.parquet")
    frame.assign(label=[1, 1, 2, 3]).to_parquet(case("parquet/plain") / "data.parquet", compression=None, index=False)
    for name in ("npy", "csv", "txt"):
        place = case(f"labels/{name}")
        np.save(place / "features.npy", X)
        if name == "npy":
            np.save(place / "labels.npy", Y)
        else:
            (place / f"labels.{name}").write_text("\n".join(["label"] * (name == "csv") + ["1", "2", "2", "003"]))
    (case("class_table/plain") / "data.csv").write_text('class,stripes,"legs, all"\nant,0,6\nbee,.5,6\n"cat, big",,4\n')
    write_shards(case("shards/plain"), [X[:2], X[2:]], Y)
    with suppress(KeyboardInterrupt):
        encode_some(case("encoding/begun"), batches=2)
    encode_some(case("encoding/finished"))
    (case("words/plain") / "data.txt").write_text(WORDS)
    (case("words/latin") / "data.txt").write_bytes(
        "\n".join(WORDS.replace("7 2\n", "ä 1 2\n").split("\n")).encode("latin-1")
    )
    (case("words_gzip/plain") / "data.txt").write_bytes(gzip.compress(WORDS.encode(), mtime=0))
    table = pd.DataFrame({"word": ["on", "polar_bear", "2007"], "a": [1.0, 2, 3], "b": [4.0, 5, 6]})
    table.to_parquet(case("words_parquet/plain") / "data.parquet")
    _images(case)
    (case("config/plain") / "data.toml").write_text(
        '[data]\nname = "omniglot"\nrotations = true\n\n[estimator]\nclass = "PrototypicalClassifier"\n'
        'backbone = "conv4"\nn_way = 5\n\n[evaluation]\nepisodes = 10\nforms = [[5, 1], [20, 1]]\n'
    )


def _images(case: Callable[[str], Path]) -> None:
    """Files that hold images: of the few-shot data sets, and by themselves."""
    picture = Image.fromarray((np.arange(12 * 12 * 3) % 251).astype(np.uint8).reshape(12, 12, 3))
    packed = io.BytesIO()
    picture.convert("1").save(packed, "PNG")
    with ZipFile(case("omniglot/archive") / "images_background.zip", "w") as archive:
        for number in range(1, 4):
            archive.writestr(f"images_background/Greek/character01/0001_{number:02d}.png", packed.getvalue())
    np.savez_compressed(
        case("omniglot/one_file") / "omniglot28.npz",
        images=np.zeros((2, 20, 28, 28), np.uint8),
        alphabet=["Greek", "Greek"],
        character=["character01", "character02"],
        run_train=np.zeros((20, 20, 2), np.uint8),
        run_test=np.ones((20, 20, 2), np.uint8),
        run_label=np.zeros((20, 20), np.uint8),
    )
    with tarfile.open(case("cifar/some") / "cifar-100-binary.tar.gz", "w:gz") as archive:
        for name in ("train.bin", "test.bin"):
            member = tarfile.TarInfo(f"cifar-100-binary/{name}")
            member.size = 3074
            archive.addfile(member, io.BytesIO(bytes(3074)))
    place = case("mini_imagenet/plain")
    for number, part in enumerate(("train", "val", "test")):
        (place / f"{part}.csv").write_text(f"filename,label\n{number}.png,n0{number}\n")
        (place / "images").mkdir(exist_ok=True)
        picture.save(place / "images" / f"{number}.png")
    for ending, mode in (
        ("png", "RGB"),
        ("png", "I;16"),
        ("jpg", "RGB"),
        ("webp", "RGB"),
        ("bmp", "RGB"),
        ("gif", "P"),
    ):
        image = (
            Image.fromarray(np.arange(144, dtype=np.uint16).reshape(12, 12))
            if mode == "I;16"
            else picture.convert(mode)
        )
        image.save(case(f"image/{ending}_{mode.replace(';', '')}") / f"data.{ending}")


def main() -> None:
    """Replace the corpus."""
    shutil.rmtree(CORPUS, ignore_errors=True)
    _write(CORPUS)
    files = [path for path in CORPUS.rglob("*") if path.is_file()]
    print(f"{len(files)} files, {sum(path.stat().st_size for path in files):,} bytes in {CORPUS}")


if __name__ == "__main__":
    main()
