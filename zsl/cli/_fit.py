"""``zsl fit``: from files to a saved model."""

from pathlib import Path

import typer


def fit(
    features: Path = typer.Argument(help="Features of the seen classes: .npy, .npz, .csv or .parquet."),
    labels: Path | None = typer.Argument(None, help="Labels, if in a file of their own: .npy, .csv or .txt."),
    semantics: Path | None = typer.Option(None, help="Class table as CSV, seen and unseen classes; none for few-shot."),
    output: Path = typer.Option(..., "--output", "-o", help="Folder to save the model in."),
    label_column: str = typer.Option("label", help="Column or array that holds the labels."),
    texts: bool = typer.Option(False, "--texts", help="The class table has two columns, class and sentence."),
    text_encoder: str | None = typer.Option(None, help="Sentence encoder: a name or a local folder."),
    missing_value: float | None = typer.Option(None, help="Number that stands for a missing attribute."),
    seed: int = typer.Option(0, help="Random state."),
    episodes: int | None = typer.Option(None, help="Most training episodes."),
    quiet: bool = typer.Option(False, "--quiet", help="No progress bar."),
) -> None:
    """Fit on seen classes and save the model."""
    from zsl import InvalidInputError, RelationClassifier, read_features
    from zsl.cli._shared import read_table

    X, y = read_features(features, labels, label_column)
    if y is None:
        raise InvalidInputError(f"{features} has no labels; wanted a column {label_column!r} or a file of labels.")
    table = None
    if semantics is not None:
        table = read_table(semantics, texts=texts, text_encoder=text_encoder, missing_value=missing_value)
    estimator = RelationClassifier(semantics=table, text_encoder=text_encoder, random_state=seed, verbose=not quiet)
    if episodes is not None:
        estimator.set_params(n_episodes=episodes)
    estimator.fit(X, y).save(output)

    typer.echo(f"Fitted on {len(X)} images of {len(estimator.seen_classes_)} seen classes.")
    if table is not None:
        typer.echo(f"Known by semantics alone: {len(estimator.unseen_classes_)} classes.")
        for finding in table.audit(seen=y):
            typer.echo(f"Class table: {finding.message}")
    chosen = estimator.selection_
    if chosen["n_folds"]:
        typer.echo(
            f"Chosen on {chosen['n_folds']} folds of held-out seen classes: {estimator.n_episodes_} episodes, "
            f"γ = {estimator.seen_bias_:.2f}, κ = {estimator.prior_strength_:g}. "
            f"H there is {chosen['harmonic_mean']:.3f}."
        )
    typer.echo(f"Saved in {output}.")
