"""``zsl fit``: from files to a saved model."""

import warnings
from pathlib import Path
from typing import Any

import typer

from zsl.cli._shared import Missing, listed, make_method, read_table


def fit(
    features: Path = typer.Argument(help="Features of the seen classes: .npy, .npz, .csv or .parquet."),
    labels: Path | None = typer.Argument(None, help="Labels, if in a file of their own: .npy, .csv or .txt."),
    semantics: Path | None = typer.Option(None, help="Class table as CSV, seen and unseen classes; none for few-shot."),
    output: Path = typer.Option(..., "--output", "-o", help="Folder to save the model in."),
    label_column: str = typer.Option("label", help="Column or array that holds the labels."),
    texts: bool = typer.Option(False, "--texts", help="The class table has two columns, class and sentence."),
    text_encoder: str | None = typer.Option(None, help="Sentence encoder: a name or a local folder."),
    missing: Missing = typer.Option(Missing.error, help="Refuse missing attributes, or fill in the mean or 0."),
    missing_value: float | None = typer.Option(None, help="Number that stands for a missing attribute."),
    method: str = typer.Option("RelationClassifier", help="Name of the estimator; `zsl benchmark` takes the same."),
    seed: int = typer.Option(0, help="Random state."),
    episodes: int | None = typer.Option(None, help="Most training episodes, or steps."),
    quiet: bool = typer.Option(False, "--quiet", help="No progress bar."),
) -> None:
    """Fit on seen classes and save the model."""
    from zsl import InvalidInputError, SemanticsWarning, read_features
    from zsl.persistence.folder import check_target

    if semantics is None and (texts or text_encoder):
        raise InvalidInputError("--texts and --text-encoder tell how to read --semantics, which wasn't given.")
    check_target(output)
    X, y = read_features(features, labels, label_column)
    if y is None:
        raise InvalidInputError(f"{features} has no labels; wanted a column {label_column!r} or a file of labels.")
    table = None
    if semantics is not None:
        table = read_table(
            semantics, texts=texts, text_encoder=text_encoder, missing=missing, missing_value=missing_value
        )
    estimator = make_method(method, "--method", random_state=seed, verbose=not quiet)
    estimator.set_params(semantics=table, text_encoder=text_encoder)
    if episodes is not None:
        length = [name for name in ("n_episodes", "n_steps") if name in estimator.get_params(deep=False)]
        if not length:
            raise InvalidInputError(f"--episodes has no meaning for {method}, which has a closed form.")
        estimator.set_params(**{length[0]: episodes})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SemanticsWarning)  # the audit below says the same
        estimator.fit(X, y)
    estimator.save(output)

    seen, unseen = estimator.seen_classes_, estimator.unseen_classes_
    typer.echo(f"Fitted on {len(X)} images of {len(seen)} seen classes: {listed(seen)}.")
    if table is not None:
        typer.echo(f"Known by semantics alone: {len(unseen)} classes{': ' if len(unseen) else ''}{listed(unseen)}.")
        for finding in table.audit(seen=y):
            typer.echo(f"Class table: {finding.message}")
    chosen = estimator.selection_
    values = ", ".join([*_chosen(estimator), f"γ = {estimator.seen_bias_:.3g}."])
    if chosen["n_folds"]:
        typer.echo(
            f"Chosen on {chosen['n_folds']} folds of held-out seen classes: {values} "
            f"H there is {chosen['harmonic_mean']:.3f}."
        )
    else:
        typer.echo(f"Too few seen classes or images to choose on held-out classes: {values}")
    typer.echo(f"Saved in {output}.")


def _chosen(estimator: Any) -> list[str]:
    return [f"{name} = {_shown(value)}" for name, value in estimator.selection_["params"].items()]


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return " : ".join(map(_shown, value))
    return f"{value:g}" if isinstance(value, (int, float)) and not isinstance(value, bool) else str(value)
