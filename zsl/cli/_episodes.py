"""``zsl episodes``: accuracy of a saved model on few-shot episodes."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from zsl.cli._few_shot_data import FewShotData, Part, groups_of, open_model, read_few_shot

if TYPE_CHECKING:
    from zsl._typing import LabelArray


def episodes(
    model: str = typer.Argument(help="Folder of a saved model, or a shipped one as omniglot:PrototypicalClassifier."),
    data: FewShotData | None = typer.Option(None, help="Data set that the episodes are drawn from."),
    split: str | None = typer.Option(None, help="Of omniglot: vinyals (if not given), ren or lake."),
    rotations: bool | None = typer.Option(None, "--rotations/--no-rotations", help="Add classes of turned images."),
    part: Part | None = typer.Option(None, help="Part of the data set; test if not given."),
    root: Path | None = typer.Option(None, help="Folder of the data set's files; fetched if not given."),
    features: Path | None = typer.Option(None, help="File instead: features of all classes, .npz, .csv or .parquet."),
    labels: Path | None = typer.Option(None, help="Labels of --features, if in a file of their own."),
    label_column: str = typer.Option("label", help="Column or array of --features that holds the labels."),
    way: list[int] = typer.Option([5], min=2, help="Classes of an episode; may be given several times."),
    shot: list[int] = typer.Option([1], min=1, help="Support images of a class; may be given several times."),
    queries: int = typer.Option(15, min=1, help="Queries of a class."),
    n_episodes: int = typer.Option(1000, "--episodes", min=1, help="How many episodes."),
    seed: int = typer.Option(0, min=0, max=2**32 - 1, help="Which episodes are drawn."),
    unlabeled: int = typer.Option(0, min=0, help="Unlabelled images of a class, for models that refine by them."),
    distractors: int = typer.Option(0, min=0, help="Classes that have unlabelled images only."),
    imbalance: float | None = typer.Option(None, help="Concentration of uneven numbers of queries; even if not given."),
    within_groups: bool = typer.Option(False, "--within-groups", help="Classes of an episode are of one group."),
    output: Path | None = typer.Option(None, "--output", "-o", help="CSV to write beside."),
) -> None:
    """Measure a model on few-shot episodes of classes that it wasn't fitted on: mean accuracy ± 95 %."""
    from zsl.evaluation import measure_episodes
    from zsl.exceptions import InvalidInputError

    if (data is None) == (features is None):
        raise InvalidInputError("Wanted one of --data and --features.")
    if distractors and not unlabeled:
        raise InvalidInputError("--distractors goes with --unlabeled, which says how many images these classes have.")
    if output is not None and not output.absolute().parent.is_dir():
        raise InvalidInputError(f"--output {output} lies in a folder that doesn't exist.")
    estimator = open_model(model)
    groups = None
    if data is not None:
        if labels is not None or label_column != "label":
            raise InvalidInputError("--labels and --label-column go with --features, which wasn't given.")
        whole = read_few_shot(data, root=root, split=split, rotations=bool(rotations))
        X, y = whole.part((part or Part.test).value)
        groups = groups_of(whole, y) if within_groups else None
        where = f"{data.value}, {(part or Part.test).value}"
    else:
        if within_groups or (split, rotations, part, root) != (None, None, None, None):
            raise InvalidInputError("--split, --rotations, --part, --root and --within-groups go with --data.")
        X, y = _features(features, labels, label_column)
        where = str(features)

    typer.echo(f"{type(estimator).__name__} on {where}: {len(X)} images of {len(set(y.tolist()))} classes.")
    rows = []
    for n_way, n_shot in [(n_way, n_shot) for n_way in way for n_shot in shot]:
        result = measure_episodes(
            estimator,
            X,
            y,
            n_way=n_way,
            n_shot=n_shot,
            n_query=queries,
            n_episodes=n_episodes,
            n_unlabeled=unlabeled,
            n_distractors=distractors,
            groups=groups,
            imbalance=imbalance,
            random_state=seed,
        )
        typer.echo(repr(result))
        rows.append({"way": n_way, "shot": n_shot, **_figures(result)})
    if output is not None:
        import pandas as pd

        pd.DataFrame(rows).assign(queries=queries, seed=seed).to_csv(output, index=False)
        typer.echo(f"Wrote {output}.")


def _features(path: Any, labels: Path | None, label_column: str) -> "tuple[Any, LabelArray]":
    from zsl.datasets import read_features
    from zsl.exceptions import InvalidInputError

    X, y = read_features(path, labels, label_column)
    if y is None:
        raise InvalidInputError(f"{path} has no labels; wanted a column {label_column!r} or --labels.")
    return X, y


def _figures(result: Any) -> dict[str, Any]:
    return {
        "accuracy": result.mean,
        "half_width": result.half_width,
        "transductive": result.transductive,
        "episodes": len(result.accuracies),
    }
