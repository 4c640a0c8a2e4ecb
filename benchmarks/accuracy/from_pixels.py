"""From the pixels of CIFAR-100 and one sentence per class to the GZSL table, offline.

    python -m benchmarks.accuracy.from_pixels [--folder pixels] [--methods RidgePrototype Relation] [--seeds 5]

Images are encoded by `ImageEncoder` with the network of the extra ``images`` at 160 pixels, into shards in the folder,
so that an interrupted run continues; sentences by MiniLM. The images and the split, 80 seen and 20 unseen classes,
are those of "CIFAR-100 text", whose stored features are compared with those computed from the pixels.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks._harness import cifar_text, data_folder, estimator, run, timed
from zsl import ImageEncoder, run_benchmark
from zsl.datasets import encode_shards, open_shards

METHODS = ["RidgePrototype", "ESZSL", "SynC"]


def images() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Pixels (n, 32, 32, 3), labels, whether an image is one of CIFAR's test images, and its stored features."""
    with np.load(data_folder("cifar100", "features_lite0_160px.npz")) as stored:
        features, names, label = stored["features"], stored["names"], stored["label"]
        index, is_test = stored["cifar_index"], stored["cifar_test"]
    pixels = np.empty((len(label), 32, 32, 3), dtype=np.uint8)
    for code, name in enumerate(names.tolist()):
        mosaic = np.asarray(Image.open(data_folder("cifar100", "images", f"{name}.webp")).convert("RGB"))
        cells = mosaic.reshape(20, 32, 30, 32, 3).swapaxes(1, 2).reshape(600, 32, 32, 3)
        own = label == code
        # A mosaic has the 500 training images of the class, then its 100 test images, each in CIFAR's order by class.
        pixels[own] = cells[np.where(is_test, 500 + index - 100 * code, index - 10_000 - 500 * code)[own]]
    return pixels, names[label], is_test, features.astype(np.float32)


def main(folder: Path = Path("results/pixels"), methods: list[str] = METHODS, seeds: int = 1) -> None:
    """Encode, compare, and print the table."""
    pixels, y, is_test, stored = images()
    _, seconds = timed(lambda: encode_shards(folder, ImageEncoder(image_size=160), pixels, y))
    X = np.asarray(open_shards(folder))
    print(f"{len(X)} images encoded in {seconds:.0f} s")
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
    estimators = {name: estimator(name) for name in methods}
    print(run_benchmark(estimators, {"from pixels": own, "stored features": split}, seeds=seeds).to_markdown())


if __name__ == "__main__":
    run(main)
