"""``zsl episodes``: accuracy of a saved model on few-shot episodes."""

from pathlib import Path
from typing import Any

import typer

from zsl.cli._options import MOST_SEED, DataOptions, DataRoot
from zsl.cli._shared import check_writable
from zsl.cli.few_shot._few_shot_data import FewShotData, Part, groups_of, open_model, read_few_shot
from zsl.exceptions import InvalidInputError


def episodes(
    model: str = typer.Argument(help="Folder of a model, or a shipped one such as omniglot:PrototypicalClassifier."),
    data: FewShotData | None = typer.Option(None, help="Data set to draw episodes from."),
    split: str | None = typer.Option(None, help="Split of omniglot: vinyals (default), ren or lake."),
    rotations: bool | None = typer.Option(None, "--rotations/--no-rotations", help="Add classes of rotated images."),
    part: Part | None = typer.Option(None, help="Part of the data set; test if not given."),
    root: DataRoot = None,
    features: Path | None = typer.Option(None, help="Samples instead of --data, as for zsl fit: a file or folder."),
    labels: Path | None = typer.Option(None, help="Labels of --features, if in a separate file."),
    samples: DataOptions = DataOptions(),
    way: list[int] = typer.Option([5], min=2, help="Classes per episode; may be given several times."),
    shot: list[int] = typer.Option([1], min=1, help="Support samples per class; may be given several times."),
    queries: int = typer.Option(15, min=1, help="Queries per class."),
    n_episodes: int = typer.Option(1000, "--episodes", min=1, help="Number of episodes."),
    seed: int = typer.Option(0, min=0, max=MOST_SEED, help="Random state of the episodes."),
    unlabeled: int = typer.Option(0, min=0, help="Unlabelled samples per class, for models that refine prototypes."),
    distractors: int = typer.Option(0, min=0, help="Classes with unlabelled samples only."),
    imbalance: float | None = typer.Option(None, help="Dirichlet concentration of query counts; equal if not given."),
    within_groups: bool = typer.Option(False, "--within-groups", help="Draw the classes of an episode from one group."),
    output: Path | None = typer.Option(None, "--output", "-o", help="CSV file to write in addition."),
) -> None:
    """Measure a saved model on few-shot episodes of classes that it was not fitted on: mean accuracy ± 95 %."""
    from zsl.evaluation import measure_episodes

    if (data is None) == (features is None):
        raise InvalidInputError("Wanted one of --data and --features.")
    if distractors and not unlabeled:
        raise InvalidInputError("--distractors goes with --unlabeled, the number of samples of these classes.")
    check_writable(output)
    estimator = open_model(model)
    groups = None
    if data is not None:
        if labels is not None or samples != DataOptions():
            raise InvalidInputError(
                "--labels, --label-column, --encoder and what else says how samples are read go with --features, which "
                "wasn't given."
            )
        whole = read_few_shot(data, root=root, split=split, rotations=bool(rotations))
        X: Any
        X, y = whole.part((part or Part.test).value)
        groups = groups_of(whole, y) if within_groups else None
        where = f"{data.value}, {(part or Part.test).value}"
    else:
        if within_groups or (split, rotations, part, root) != (None, None, None, None):
            raise InvalidInputError("--split, --rotations, --part, --root and --within-groups go with --data.")
        assert features is not None
        read = samples.take(samples.find_labelled(features, labels))
        assert read.y is not None
        X, y = read.X, read.y
        where = str(features)

    typer.echo(f"{type(estimator).__name__} on {where}: {len(X)} samples of {len(set(y.tolist()))} classes.")
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
        figures = {"accuracy": result.mean, "half_width": result.half_width, "transductive": result.transductive}
        rows.append({"way": n_way, "shot": n_shot, **figures, "episodes": len(result.accuracies)})
    if output is not None:
        import pandas as pd

        pd.DataFrame(rows).assign(queries=queries, seed=seed).to_csv(output, index=False)
        typer.echo(f"Wrote {output}.")
