"""``zsl fit``: a saved model from files."""

import warnings
from pathlib import Path
from typing import Any

import typer

from zsl._escaping import one_line
from zsl.cli import _options as opt
from zsl.cli._shared import make_method, read_labelled
from zsl.exceptions import InvalidInputError, SemanticsWarning


def fit(
    features: Path = typer.Argument(help="Features of the seen classes: .npy, .npz, .csv or .parquet."),
    labels: opt.Labels = None,
    *,
    semantics: Path | None = typer.Option(None, help="Class table as CSV, seen and unseen classes; omit for few-shot."),
    output: opt.SaveTo,
    label_column: opt.LabelColumn = "label",
    table: opt.TableOptions = opt.TableOptions(),
    method: str = typer.Option("RelationClassifier", help="Name of the estimator; the same names as in zsl benchmark."),
    seed: int = typer.Option(0, help="Random state."),
    episodes: int | None = typer.Option(None, help="Maximum number of training episodes or steps."),
    quiet: opt.Quiet = False,
) -> None:
    """Fit on seen classes and save the model."""
    from zsl.persistence.folder import check_target
    from zsl.semantics._labels import listing

    if semantics is None and (table.texts or table.text_encoder):
        raise InvalidInputError("--texts and --text-encoder go with --semantics, which wasn't given.")
    check_target(output)
    X, y = read_labelled(features, labels, label_column, f"{label_column!r} or a file of labels")
    known = None if semantics is None else table.read(semantics)
    estimator = make_method(method, "--method", random_state=seed, verbose=not quiet)
    estimator.set_params(semantics=known, text_encoder=table.text_encoder)
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
    typer.echo(f"Fitted on {len(X)} samples of {len(seen)} seen classes: {listing(seen, 10, one_line)}.")
    if known is not None:
        names = listing(unseen, 10, one_line)
        typer.echo(f"Known by semantics only: {len(unseen)} classes{': ' if names else ''}{names}.")
        for finding in known.audit(seen=y):
            typer.echo(f"Class table: {finding.message}")
    chosen = estimator.selection_
    values = ", ".join(
        [*(f"{name} = {_shown(value)}" for name, value in chosen["params"].items()), f"γ = {estimator.seen_bias_:.3g}."]
    )
    if chosen["n_folds"]:
        typer.echo(
            f"Chosen on {chosen['n_folds']} folds of held-out seen classes (H = {chosen['harmonic_mean']:.3f}): "
            f"{values}"
        )
    else:
        typer.echo(f"Too few seen classes or samples to choose on held-out classes: {values}")
    typer.echo(f"Saved in {output}.")


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return " : ".join(map(_shown, value))
    return f"{value:g}" if isinstance(value, (int, float)) and not isinstance(value, bool) else str(value)
