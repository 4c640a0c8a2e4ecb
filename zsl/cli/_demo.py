"""``zsl demo``: zero- and few-shot classification of the digits that come with the package."""

from typing import TYPE_CHECKING

import typer

from zsl.cli._options import Quiet
from zsl.cli._shared import print_table

if TYPE_CHECKING:
    from rich.console import Console

    from zsl import GZSLSplit, RelationClassifier

_SHADES, _ASCII_SHADES = " ░▒▓█", " .+%@"


def demo(
    seed: int = typer.Option(0, help="Random state of the fit."),
    quiet: Quiet = False,
) -> None:
    """Learn seven digits, then recognise the other three from descriptions of their strokes and from a few images."""
    import torch
    from rich.console import Console

    # The data are too small for threads to help, and on a busy machine threads that wait for each other are slow.
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        _show(Console(highlight=False), seed, quiet)
    finally:
        torch.set_num_threads(threads)


def _show(console: "Console", seed: int, quiet: bool) -> None:
    from zsl import RelationClassifier, load_digits_zsl
    from zsl.evaluation import measure_gzsl, measure_shots

    split = load_digits_zsl()
    names = ", ".join(str(label) for label in split.unseen_classes)
    console.print(
        f"Training on {len(split.X_train)} images of seven digits. Unseen: {names}, described by 28 graded strokes."
    )
    estimator = RelationClassifier(semantics=split.semantics, random_state=seed, verbose=not quiet)
    estimator.fit(split.X_train, split.y_train)

    result = measure_gzsl(estimator, split)
    figures = (result.t1, result.seen, result.unseen, result.harmonic_mean, result.ausuc)
    rows = {
        "RelationClassifier": figures,
        "nearest attributes": [_nearest_attributes(split)],
        "chance": [1 / len(split.unseen_classes)],
    }
    cells = [[name, *(f"{value:.3f}" for value in values)] for name, values in rows.items()]
    print_table("No image of the unseen digits", ("", "T1", "S", "U", "H", "AUSUC"), cells)
    console.print(
        "T1: unseen digits among themselves. S, U: seen and unseen digits among all ten.\n"
        "H: the harmonic mean of S and U. This is one seed and one choice of digits;\n"
        "benchmarks/accuracy/flagship.py measures all 120 choices.\n"
    )

    shots = measure_shots(estimator, split, shots=(1, 5), n_draws=5, random_state=seed)
    by_shots = shots[["both", "support", "class_mean"]].itertuples()
    cells = [[str(n), *("" if v != v else f"{v:.3f}" for v in values)] for n, *values in by_shots]
    title = "A few images of them, without a refit (T1, 5 draws)"
    print_table(title, ("images", "strokes + images", "images only", "nearest class mean"), cells)
    _examples(console, estimator, split)
    console.print("Next: zsl fit --help, with features and a class table of your own.")


def _nearest_attributes(split: "GZSLSplit") -> float:
    """T1 of a simple baseline: the class nearest to attributes predicted by ridge regression."""
    import numpy as np
    from sklearn.linear_model import Ridge

    from zsl.evaluation import per_class_accuracy

    assert split.semantics is not None
    ridge = Ridge(alpha=1.0).fit(split.X_train, split.semantics.rows(split.y_train))
    rows = split.semantics.rows(split.unseen_classes)
    distance = np.linalg.norm(ridge.predict(split.X_test_unseen)[:, None] - rows, axis=2)
    return per_class_accuracy(split.y_test_unseen, split.unseen_classes[distance.argmin(axis=1)])


def _examples(console: "Console", estimator: "RelationClassifier", split: "GZSLSplit") -> None:
    """One image of each unseen digit with the prediction from strokes only, and its explanation."""
    import numpy as np

    predicted = estimator.predict(split.X_test_unseen, classes=split.unseen_classes)
    scores = estimator.class_scores(split.X_test_unseen, classes=split.unseen_classes)
    right = float(np.mean(predicted == split.y_test_unseen))
    console.print(f"The first test image of each, predicted from strokes only; accuracy on all of them: {right:.0%}.")
    shades = _ASCII_SHADES if console.options.ascii_only else _SHADES
    for label in split.unseen_classes.tolist():
        place = int(np.flatnonzero(split.y_test_unseen == label)[0])
        ranked = split.unseen_classes[np.argsort(-scores[place])].tolist()
        why = estimator.explain(split.X_test_unseen[place], among=ranked[:2])["contribution"]
        why = why[~why.index.str.startswith("(")].sort_values()
        lines = [
            f"truth {label}, predicted {predicted[place]}, runner-up {ranked[1]}",
            "for:     " + ", ".join(f"{name} {value:+.2g}" for name, value in why[::-1][:2].items()),
            "against: " + ", ".join(f"{name} {value:+.2g}" for name, value in why[:2].items()),
        ]
        drawing = split.X_test_unseen[place].reshape(8, 8)
        for row, pixels in enumerate(drawing):
            ink = "".join(shades[min(4, int(pixel * 4.99))] * 2 for pixel in pixels)
            text = lines[row - 2] if 2 <= row < 2 + len(lines) else ""
            console.print(f"  {ink}  {text}".rstrip(), markup=False, no_wrap=True, overflow="ellipsis")
        console.print()
