"""From the pixels of CIFAR-100 and a sentence a class to the GZSL table, offline.

Run from the repository root, with ``../shared/data`` in place::

    python benchmarks/from_pixels.py [--folder pixels] [--methods RidgePrototype Relation] [--seeds 5]

Images are encoded by `ImageEncoder` with the network of the extra ``images`` at 160 pixels, into shards in the folder,
so that a run that was broken off goes on; sentences by MiniLM. The images and the split, 80 seen and 20 unseen classes,
are those of `shared_data.cifar_text`, whose stored features are compared with what comes of the pixels.
"""

import argparse
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import numpy as np
from PIL import Image
from shared_data import SHARED, cifar_text

from zsl import ImageEncoder, encode_shards, open_shards, run_benchmark, zero_shot_methods

FOLDER = SHARED / "cifar100"


def pictures() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Pixels (n, 32, 32, 3), labels, whether an image is one of CIFAR's test images, and its stored features."""
    with np.load(FOLDER / "features_lite0_160px.npz") as stored:
        features, names, label = stored["features"], stored["names"], stored["label"]
        index, is_test = stored["cifar_index"], stored["cifar_test"]
    pixels = np.empty((len(label), 32, 32, 3), dtype=np.uint8)
    for code, name in enumerate(names.tolist()):
        mosaic = np.asarray(Image.open(FOLDER / "images" / f"{name}.webp").convert("RGB"))
        cells = mosaic.reshape(20, 32, 30, 32, 3).swapaxes(1, 2).reshape(600, 32, 32, 3)
        own = label == code
        # A mosaic has the 500 training images of the class, then its 100 test images, each in CIFAR's order by class.
        pixels[own] = cells[np.where(is_test, 500 + index - 100 * code, index - 10_000 - 500 * code)[own]]
    return pixels, names[label], is_test, features.astype(np.float32)


def main() -> None:
    """Encode, compare, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=Path("results/pixels"))
    parser.add_argument("--methods", nargs="+", default=["RidgePrototype", "ESZSL", "SynC"])
    parser.add_argument("--seeds", type=int, default=1)
    options = parser.parse_args()
    pixels, y, is_test, stored = pictures()
    start = perf_counter()
    encode_shards(options.folder, ImageEncoder(image_size=160), pixels, y)
    X = np.asarray(open_shards(options.folder))
    print(f"{len(X)} images encoded in {perf_counter() - start:.0f} s")
    # Half the step between neighbouring float16 numbers is what storing can take away.
    step = np.spacing(np.abs(stored).astype(np.float16)).astype(np.float32)
    off = np.abs(X - stored)
    print(
        f"against the stored features: largest difference {off.max():.5f}, in float16 steps of each number: "
        f"mean {(off / step).mean():.2f}, largest {(off / step).max():.1f}; "
        f"{(off <= 0.5001 * step).mean():.4f} of the numbers round to the stored one"
    )
    split = cifar_text()
    unseen = np.isin(y, split.unseen_classes)
    own = replace(
        split,
        X_train=X[~unseen & ~is_test],
        X_test_seen=X[~unseen & is_test],
        X_test_unseen=X[unseen & is_test],
        X_support=X[unseen & ~is_test],
        name="from pixels",
    )
    methods = {}
    for name in options.methods:
        methods[name] = zero_shot_methods()[f"{name}Classifier"]()
        if "verbose" in methods[name].get_params():
            methods[name].set_params(verbose=False)
    print(run_benchmark(methods, {"from pixels": own, "stored features": split}, seeds=options.seeds).to_markdown())


if __name__ == "__main__":
    main()
