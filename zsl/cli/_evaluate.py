"""``zsl evaluate``: generalized zero-shot figures on a user's own data."""

import json
from pathlib import Path
from typing import Any

import typer

from zsl.cli._shared import Missing, read_split, read_table

FIGURES = {
    ("t1", "T1"): "unseen images among the unseen classes",
    ("seen", "S"): "seen images among all classes",
    ("unseen", "U"): "unseen images among all classes",
    ("harmonic_mean", "H"): "harmonic mean of S and U",
    ("ausuc", "AUSUC"): "area under the seen-unseen curve",
}


def evaluate(
    features: Path = typer.Argument(help="Features of all classes: .npy, .npz, .csv or .parquet."),
    labels: Path | None = typer.Argument(None, help="Labels, if in a file of their own: .npy, .csv or .txt."),
    semantics: Path = typer.Option(..., help="Class table as CSV, with a row for every class."),
    unseen: str | None = typer.Option(None, help="Classes to hold out entirely, separated by commas."),
    split_column: str | None = typer.Option(None, help="Column of train, test_seen, test_unseen and pool instead."),
    label_column: str = typer.Option("label", help="Column or array that holds the labels."),
    texts: bool = typer.Option(False, "--texts", help="The class table has two columns, class and sentence."),
    text_encoder: str | None = typer.Option(None, help="Sentence encoder: a name or a local folder."),
    missing: Missing = typer.Option(Missing.error, help="Refuse missing attributes, or fill in the mean or 0."),
    missing_value: float | None = typer.Option(None, help="Number that stands for a missing attribute."),
    seeds: int = typer.Option(1, min=1, help="Fits to average over, with random states from 0."),
    episodes: int | None = typer.Option(None, help="Most training episodes."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
    quiet: bool = typer.Option(False, "--quiet", help="No progress bar."),
) -> None:
    """Fit on seen classes, test on images of seen and unseen ones: T1, S, U, H, AUSUC."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from zsl import RelationClassifier, evaluate_gzsl, mean_confidence_interval

    table = read_table(semantics, texts=texts, text_encoder=text_encoder, missing=missing, missing_value=missing_value)
    split = read_split(
        features, labels, semantics=table, label_column=label_column, unseen=unseen, split_column=split_column
    )
    results = []
    for seed in range(seeds):
        estimator = RelationClassifier(semantics=table, random_state=seed, verbose=not quiet)
        if episodes is not None:
            estimator.set_params(n_episodes=episodes)
        results.append(dict[str, Any](evaluate_gzsl(estimator, split).to_dict()))
    if as_json:
        typer.echo(json.dumps(results, indent=1, ensure_ascii=False))
        return
    n_seen, n_unseen = len(split.seen_classes), len(split.unseen_classes)
    title = f"{features.name}: {n_seen} seen and {n_unseen} unseen classes, {seeds} seed(s)"
    shown = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for column in ("", "value" if seeds == 1 else "mean ± 95 %", ""):
        shown.add_column(column)
    for (key, name), meaning in FIGURES.items():
        mean, half = mean_confidence_interval([float(result[key]) for result in results])
        shown.add_row(name, f"{mean:.3f}" if seeds == 1 else f"{mean:.3f} ± {half:.3f}", meaning)
    Console(highlight=False).print(shown)
