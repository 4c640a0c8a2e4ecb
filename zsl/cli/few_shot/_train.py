"""``zsl train``: a few-shot model learned from images by a configuration."""

import warnings
from enum import StrEnum
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zsl.cli._options import MOST_SEED, DataRoot, Quiet, SaveTo
from zsl.cli._shared import print_table
from zsl.cli.few_shot._few_shot_data import FewShotData, Part, backbone_classes, groups_of, read_few_shot
from zsl.cli.few_shot._train_config import FORMS, TrainingConfig, read_config
from zsl.exceptions import InvalidInputError

if TYPE_CHECKING:
    from zsl.datasets import FewShotSplit
    from zsl.training import Checkpoint

_Measured = tuple[Part, int, int]
Precision = StrEnum("Precision", ["auto", "float32", "bfloat16"])


def train(
    config: Annotated[Path, typer.Argument(help="TOML file: tables data, estimator and, optionally, evaluation.")],
    output: SaveTo,
    root: DataRoot = None,
    seed: int | None = typer.Option(
        None, min=0, max=MOST_SEED, help="Random state; if not given, that of the file, or 0."
    ),
    *,
    checkpoint: Path | None = typer.Option(
        None, help="Folder that training is saved in while it runs, until the model is; OUTPUT.checkpoint if not given."
    ),
    minutes: float = typer.Option(1.0, "--checkpoint-minutes", help="Minutes between two checkpoints."),
    resume: bool = typer.Option(False, "--resume", help="Go on from the last checkpoint, if there is one."),
    precision: Precision | None = typer.Option(
        None, help="Precision of the backbone; auto: bfloat16 where the hardware has it. That of the file if not given."
    ),
    quiet: Quiet = False,
) -> None:
    """Train a few-shot model on the images of a data set, save it, and measure it on other classes.

    When it is asked to stop (SIGINT, SIGTERM), it first saves a checkpoint. The same command with --resume goes on from
    there, after that as after a crash, and ends with the same weights as without a stop.

    Several processes, on a GPU each or on the CPU, train one model together when torchrun starts them: torchrun
    --nproc-per-node 4 -m zsl train CONFIG -o MODEL. The weights are those of one process, up to rounding.

    CONFIG is in TOML. Name, class and backbone are required; the other values below are the defaults.

    \b
    data.name = "omniglot"          # cifar_fs, fc100, mini_imagenet
    data.split = "vinyals"          # omniglot only; or ren, lake
    data.rotations = false          # rotated images as additional classes
    data.within_groups = false      # training episodes within one group
    data.keep_classes = false       # the saved model knows the training classes
    estimator.class = "PrototypicalClassifier"
    estimator.backbone = "conv4"    # and any other parameter of the class
    evaluation.part = "val"         # or a list of parts
    evaluation.forms = [[5, 1], [5, 5], [20, 1], [20, 5]]  # way, shot
    evaluation.queries = 15         # per class
    evaluation.episodes = 1000
    evaluation.seed = 0
    """
    from zsl.persistence.folder import check_target
    from zsl.training import cooperating
    from zsl.training.folder import remove_checkpoints

    with cooperating() as world, warnings.catch_warnings():
        if world.rank > 0:  # the first process alone says what all of them would
            warnings.simplefilter("ignore")
            quiet = True
        plan = read_config(config)
        check_target(output)
        how = _how_to_save(
            checkpoint or output.with_name(f"{output.name}.checkpoint"), minutes, resume, speaks=world.rank == 0
        )
        parameters = dict(plan.parameters)
        if seed is not None:
            parameters["random_state"] = seed
        parameters.setdefault("random_state", 0)
        if precision is not None:
            parameters["precision"] = precision.value
        if quiet:
            parameters["verbose"] = False
        estimator: Any = backbone_classes()[plan.kind](**parameters)
        with world.first():  # fetches what isn't there yet
            split = read_few_shot(
                FewShotData(plan.name), root=root, split=plan.split, rotations=plan.rotations, quiet=quiet
            )
        measured = _what_to_measure(plan, split)

        started = perf_counter()
        try:
            _fit(estimator, plan, split, how)
        except KeyboardInterrupt as stop:
            if not stop.args:
                raise
            typer.echo(f"zsl: {stop}", err=True)
            raise typer.Exit(130) from stop
        seconds = perf_counter() - started
    if world.rank > 0:
        return
    n_classes = len(estimator.seen_classes_)
    if not plan.keep_classes:
        estimator.forget_classes()
    estimator.save(output)
    remove_checkpoints(how.path)

    if not quiet:
        typer.echo(f"Trained {plan.kind} on {len(split.X_train)} images of {n_classes} classes in {seconds:.0f} s.")
        typer.echo(f"Saved in {output}, {'with' if plan.keep_classes else 'without'} these classes.")
    for done, history in (("epochs", estimator.pretrain_history_), ("episodes", estimator.history_)):
        curve = [(f"{number:.0f}", f"{100 * accuracy:.2f}") for number, accuracy in history]
        if curve:
            print_table("One-shot accuracy on validation classes", (done, "%"), curve)
    title = f"{plan.episodes} episodes, {plan.queries} queries per class, mean ± 95 %"
    print_table(title, ("part", "way", "shot", "%", ""), [_measure(estimator, plan, split, *what) for what in measured])


def _what_to_measure(plan: TrainingConfig, split: "FewShotSplit") -> list[_Measured]:
    """Parts and forms to measure; those that the data don't allow are refused before training."""
    import numpy as np

    found: list[_Measured] = []
    for part in plan.parts:
        counts = np.unique(split.part(part.value)[1], return_counts=True)[1]
        if not len(counts):
            raise InvalidInputError(f"[evaluation] part = {part.value!r} has no images; wanted another part.")
        most = len(counts), counts.min() - plan.queries
        allowed = [[way, shot] for way, shot in plan.forms or FORMS if way <= most[0] and shot <= most[1]]
        refused = [form for form in plan.forms or () if form not in allowed]
        if refused or not allowed:
            raise InvalidInputError(
                f"[evaluation] forms has {(refused or FORMS)[0]}, with {plan.queries} queries "
                f"per class; {part.value} has {len(counts)} classes, the smallest of {counts.min()} images."
            )
        found += [(part, way, shot) for way, shot in allowed]
    return found


def _how_to_save(folder: Path, minutes: float, resume: bool, *, speaks: bool) -> "Checkpoint":
    """Where and how often to save; a training that was interrupted isn't overwritten by accident."""
    from zsl.training import Checkpoint
    from zsl.training.folder import has_checkpoints

    if not minutes > 0:
        raise InvalidInputError(f"--checkpoint-minutes {minutes:g}; wanted a number above 0.")
    if has_checkpoints(folder) and not resume:
        raise InvalidInputError(
            f"{folder} holds a training that was interrupted. Wanted --resume to go on, or remove that folder to begin "
            "anew."
        )
    if resume and speaks and not has_checkpoints(folder):
        typer.echo(f"There is no checkpoint in {folder}; training begins at the beginning.", err=True)
    return Checkpoint(folder, every_seconds=60 * minutes, advice="run the same command with --resume.")


def _fit(estimator: Any, plan: TrainingConfig, split: "FewShotSplit", how: "Checkpoint") -> None:
    import numpy as np

    X, y = split.part("train")
    groups = groups_of(split, y) if plan.within_groups else None
    validation = split.part("val") if len(split.y_val) else None
    # Kept classes go by name, since their numbers mean nothing without the data set.
    labels = np.array(split.names)[y] if plan.keep_classes else y
    estimator.fit(X, labels, groups=groups, validation=validation, checkpoint=how)


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
