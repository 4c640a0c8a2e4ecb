"""``zsl train``: from a configuration to a few-shot model learned from images."""

from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import typer

from zsl.cli._few_shot_data import Part, backbone_classes, groups_of, read_few_shot
from zsl.cli._train_config import FORMS, MOST, TrainingConfig, read_config

if TYPE_CHECKING:
    from zsl.datasets import FewShotSplit

_Measured = tuple[Part, int, int]


def train(
    config: Path = typer.Argument(help="TOML file with the tables data, estimator and, if wanted, evaluation."),
    output: Path = typer.Option(..., "--output", "-o", help="Folder to save the model in."),
    root: Path | None = typer.Option(None, help="Folder of the data set's files; fetched if not given."),
    seed: int | None = typer.Option(None, min=0, max=MOST, help="Random state; the file's, or 0, if not given."),
    quiet: bool = typer.Option(False, "--quiet", help="No progress bar."),
) -> None:
    """Train a few-shot model on images of a data set, save it and measure it on other classes.

    CONFIG is in TOML. It has to give name, class and backbone; the other values that stand here are the defaults.

    \b
    data.name = "omniglot"          # cifar_fs, fc100, mini_imagenet
    data.split = "vinyals"          # of omniglot: ren, lake
    data.rotations = false          # turned images are classes of their own
    data.within_groups = false      # a training episode stays in one group
    data.keep_classes = false       # the model knows the training classes
    estimator.class = "PrototypicalClassifier"
    estimator.backbone = "conv4"    # and so on, its parameters
    evaluation.part = "val"         # or a list of parts
    evaluation.forms = [[5, 1], [5, 5], [20, 1], [20, 5]]  # way, shot
    evaluation.queries = 15         # of a class
    evaluation.episodes = 1000
    evaluation.seed = 0
    """
    from zsl.persistence.folder import check_target

    plan = read_config(config)
    check_target(output)
    parameters = dict(plan.parameters)
    if seed is not None:
        parameters["random_state"] = seed
    parameters.setdefault("random_state", 0)
    if quiet:
        parameters["verbose"] = False
    estimator: Any = backbone_classes()[plan.kind](**parameters)
    split = read_few_shot(plan.data, root=root, split=plan.split, rotations=plan.rotations, quiet=quiet)
    measured = _what_to_measure(plan, split)

    started = perf_counter()
    _fit(estimator, plan, split)
    seconds = perf_counter() - started
    n_classes = len(estimator.seen_classes_)
    if not plan.keep_classes:
        estimator.forget_classes()
    estimator.save(output)

    typer.echo(f"Trained {plan.kind} on {len(split.X_train)} images of {n_classes} classes in {seconds:.0f} s.")
    typer.echo(f"Saved in {output}, {'with' if plan.keep_classes else 'without'} these classes.")
    if estimator.history_:
        _show("One-shot accuracy on validation classes", ("episodes", "%"), _curve(estimator.history_))
    title = f"{plan.episodes} episodes, {plan.queries} queries a class, mean ± 95 %"
    _show(title, ("part", "way", "shot", "%", ""), [_measure(estimator, plan, split, *what) for what in measured])


def _what_to_measure(plan: TrainingConfig, split: "FewShotSplit") -> list[_Measured]:
    """Parts and forms, refused before the training and not after it where the data don't allow them."""
    import numpy as np

    from zsl.exceptions import InvalidInputError

    found: list[_Measured] = []
    for part in plan.parts:
        counts = np.unique(split.part(part.value)[1], return_counts=True)[1]
        if not len(counts):
            raise InvalidInputError(f"[evaluation] part = {part.value!r} has no images; wanted another part.")
        allowed = [
            form for form in plan.forms or FORMS if form[0] <= len(counts) and form[1] + plan.queries <= counts.min()
        ]
        refused = [list(form) for form in plan.forms or () if form not in allowed]
        if refused or not allowed:
            raise InvalidInputError(
                f"[evaluation] forms has {(refused or [list(form) for form in FORMS])[0]}, with {plan.queries} queries "
                f"a class; {part.value} has {len(counts)} classes, the smallest of {counts.min()} images."
            )
        found += [(part, *form) for form in allowed]
    return found


def _fit(estimator: Any, plan: TrainingConfig, split: "FewShotSplit") -> None:
    import numpy as np

    X, y = split.part("train")
    groups = groups_of(split, y) if plan.within_groups else None
    validation = split.part("val") if len(split.y_val) else None
    # Kept classes are told by name, since their numbers mean nothing without the data set.
    estimator.fit(X, np.array(split.names)[y] if plan.keep_classes else y, groups=groups, validation=validation)


def _curve(history: list[list[float]]) -> list[tuple[str, ...]]:
    return [(f"{episodes:.0f}", f"{100 * accuracy:.2f}") for episodes, accuracy in history]


def _measure(
    estimator: Any, plan: TrainingConfig, split: "FewShotSplit", part: Part, way: int, shot: int
) -> tuple[str, ...]:
    from zsl.evaluation import measure_episodes

    result = measure_episodes(
        estimator,
        *split.part(part.value),
        n_way=way,
        n_shot=shot,
        n_query=plan.queries,
        n_episodes=plan.episodes,
        random_state=plan.seed,
    )
    accuracy = f"{100 * result.mean:.2f} ± {100 * result.half_width:.2f}"
    return part.value, str(way), str(shot), accuracy, "transductive" if result.transductive else "inductive"


def _show(title: str, columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    typer.echo(f"{title}:")
    table = Table(box=box.SIMPLE_HEAD)
    for column in columns:
        table.add_column(column, justify="left" if column in ("part", "") else "right")
    for row in rows:
        table.add_row(*row)
    Console(highlight=False).print(table)
