"""What the fuzzer reads: every reader of files, each with a corpus of small files or folders."""

from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import numpy as np

from benchmarks.robustness._mutations import in_gzip, in_mat5, in_zip, mutated

CORPUS = Path("tests/corpus")  # commands run in the root of the repository
Case = dict[str, bytes]
Mutate = Callable[[Random, bytes, Sequence[bytes]], bytes]


class Target(NamedTuple):
    """A reader, which is given a folder, and files to mutate in it."""

    read: Callable[[Path], Any]
    fixed: tuple[str, ...] = ()
    """Files that are read, too, and aren't mutated."""
    packed: Mutate | None = None
    """Mutates what lies packed within a file, half of the time."""
    writes: bool = False
    """Whether the reader writes to the folder, which is then made anew each time."""
    make: Callable[[Path], None] | None = None
    """Makes the one case where the format goes with the version of the package; else cases are stored."""


def cases(name: str, target: Target, place: Path) -> list[Case]:
    """The stored cases of a target, or the one that is made; a case is a folder of files by name."""
    if target.make is not None:
        place.mkdir()
        target.make(place)
        folders = [place]
    else:
        folders = sorted(path for path in (CORPUS / name).iterdir() if path.is_dir())
    return [
        {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
        for folder in folders
    ]


def mutant(target: Target, rng: Random, known: list[Case]) -> tuple[Case, str, bytes]:
    """A case, one of its files, and the content that this file gets."""
    case = rng.choice(known)
    name = rng.choice(sorted(set(case) - set(target.fixed)))
    ending = name.rpartition(".")[2]
    others = [data for one in known for file, data in one.items() if file.endswith(ending)]
    change = target.packed if target.packed is not None and rng.random() < 0.5 else mutated
    return case, name, change(rng, case[name], others)


def _mat(folder: Path) -> None:
    from zsl.datasets.gbu._checks import INDEX_SETS, PUBLISHED, gather
    from zsl.datasets.gbu._mat import read_mat

    names = ("features", "labels", "att", "allclasses_names", "image_files", *INDEX_SETS)
    gather(read_mat(folder / "data.mat", names), "att", PUBLISHED["AWA2"])


def _features(ending: str) -> Callable[[Path], Any]:
    def read(folder: Path) -> None:
        from zsl.datasets import read_features

        read_features(folder / f"data.{ending}")

    return read


def _labels(folder: Path) -> None:
    from zsl.datasets import read_features

    (labels,) = (path for path in folder.iterdir() if path.stem == "labels")
    read_features(folder / "features.npy", labels)


def _table(folder: Path) -> None:
    from zsl.semantics import Semantics

    Semantics.from_csv(folder / "data.csv", missing="mean")


def _shards(folder: Path) -> None:
    from zsl.datasets import open_shards, read_features

    shards = open_shards(folder)
    shards[[0, -1]]
    read_features(folder)
    shards.verify()


class MeanColour:
    """An encoder that costs nothing."""

    def encode(self, images: Sequence[Any]) -> Any:
        """The mean of each channel."""
        return np.stack([np.asarray(image).mean(axis=(0, 1)) for image in images])


def encode_some(folder: Path, batches: int | None = None) -> None:
    """Encode eight images into shards of three; with `batches`, break off after so many."""
    from zsl import ImageEncoder
    from zsl.datasets import encode_shards

    model = MeanColour()
    if batches is not None:
        calls = iter(range(batches))

        def encode(images: Sequence[Any]) -> Any:
            if next(calls, None) is None:
                raise KeyboardInterrupt
            return MeanColour().encode(images)

        model.encode = encode  # type: ignore[method-assign]
    images = np.arange(8 * 4 * 4 * 3, dtype=np.uint8).reshape(8, 4, 4, 3)
    encoder = ImageEncoder(model, verbose=False, batch_size=3)
    encode_shards(folder, encoder, images, list("aabbccdd"), shard_size=3)


def _words(ending: str) -> Callable[[Path], Any]:
    def read(folder: Path) -> None:
        from zsl import WordVectors

        WordVectors(folder / f"data.{ending}", on_missing="skip").encode(["on", "polar bear", "2007"])

    return read


def _omniglot(folder: Path) -> None:
    """As if Omniglot had two characters, of which some drawings are there."""
    from zsl.datasets.few_shot import _omniglot_files as files

    files.characters = lambda: [files.Character("Greek", f"Greek/character0{n}", False, 0) for n in (1, 2)]  # type: ignore
    if (folder / "omniglot28.npz").exists():
        files.read_npz_runs(folder / "omniglot28.npz")
    else:
        files.read_drawings([folder / "images_background.zip"])


def _cifar(folder: Path) -> None:
    from zsl.datasets.few_shot._cifar_files import read_binary

    read_binary(folder / "cifar-100-binary.tar.gz")


def _mini_imagenet(folder: Path) -> None:
    from zsl.datasets import load_mini_imagenet

    load_mini_imagenet(folder, size=8, verbose=False)


def _image(folder: Path) -> None:
    from zsl import InvalidInputError
    from zsl.encoders.images._files import UNREADABLE, open_image

    (path,) = folder.iterdir()
    try:
        open_image(path)
    except UNREADABLE as error:  # its callers name the file
        raise InvalidInputError(str(error)) from error


def _config(folder: Path) -> None:
    from zsl.cli.few_shot._train_config import read_config

    read_config(folder / "data.toml")


def _split() -> Any:
    from zsl.datasets import make_zero_shot

    return make_zero_shot(n_seen=4, n_unseen=2, n_features=4, n_attributes=5, random_state=0)


def _model(folder: Path) -> None:
    import zsl

    zsl.load(folder / "model").predict(np.zeros((1, 4)))


def _make_model(folder: Path) -> None:
    import zsl

    split = _split()
    zsl.ESZSLClassifier(semantics=split.semantics).fit(split.X_train, split.y_train).save(folder / "model")


def _cells(folder: Path) -> None:
    """Records that are believed are printed; where one isn't, the fit that would follow fails at once."""
    import zsl

    kind = type("Ridge", (zsl.ESZSLClassifier,), {"__module__": __name__})
    if any(folder.iterdir()):
        kind.fit = _fail
    zsl.run_benchmark({"ridge": kind()}, {"made": _split()}, seeds=1, folder=folder, verbose=False).to_text()


def _fail(self: Any, X: Any, y: Any) -> None:
    raise RuntimeError("nothing is fitted here")


class NamedEncoder:
    """Stands in for a model that is known by name."""

    def encode(self, texts: Sequence[str], **_: Any) -> Any:
        """Vectors that tell texts apart."""
        return np.array([[len(text), text.count("e"), 1.0] for text in texts])


def _cache(folder: Path) -> None:
    from zsl.encoders import text_encoder

    text_encoder.encode_texts = lambda texts, *_, **__: NamedEncoder().encode(texts)  # type: ignore[attr-defined]
    text_encoder.TextEncoder("some-model", cache=folder, verbose=False).encode(["a bee", "an ant"])


TARGETS: dict[str, Target] = {
    "mat5": Target(_mat, packed=in_mat5),
    "mat73": Target(_mat),
    "npy": Target(_features("npy")),
    "npz": Target(_features("npz"), packed=in_zip),
    "csv": Target(_features("csv")),
    "parquet": Target(_features("parquet")),
    "labels": Target(_labels, fixed=("features.npy",)),
    "class_table": Target(_table),
    "shards": Target(_shards),
    "encoding": Target(encode_some, writes=True),
    "words": Target(_words("txt")),
    "words_gzip": Target(_words("txt"), packed=in_gzip),
    "words_parquet": Target(_words("parquet")),
    "omniglot": Target(_omniglot, packed=in_zip),
    "cifar": Target(_cifar, packed=in_gzip),
    "mini_imagenet": Target(_mini_imagenet),
    "image": Target(_image),
    "config": Target(_config),
    "model": Target(_model, make=_make_model),
    "cells": Target(_cells, make=_cells, writes=True),
    "text_cache": Target(_cache, make=_cache, writes=True),
}
