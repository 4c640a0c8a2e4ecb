"""``zsl evaluate``: generalized zero-shot results on a user's own data."""

import json
from pathlib import Path
from typing import Any

import typer

from zsl.cli import _options as opt
from zsl.cli._shared import print_table

FIGURES = {
    ("t1", "T1"): "unseen samples among the unseen classes",
    ("seen", "S"): "seen samples among all classes",
    ("unseen", "U"): "unseen samples among all classes",
    ("harmonic_mean", "H"): "harmonic mean of S and U",
    ("ausuc", "AUSUC"): "area under the seen-unseen curve",
}


def evaluate(
    features: opt.Features,
    labels: opt.Labels = None,
    semantics: Path = typer.Option(..., help="Class table as CSV, with one row per class."),
    division: opt.SplitOptions = opt.SplitOptions(),
    table: opt.TableOptions = opt.TableOptions(),
    seeds: opt.Seeds = 1,
    episodes: int | None = typer.Option(None, help="Maximum number of training episodes."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON instead of a table."),
    quiet: opt.Quiet = False,
) -> None:
    """Fit on seen classes and test on samples of seen and unseen classes: T1, S, U, H, AUSUC."""
    from zsl import RelationClassifier, evaluate_gzsl
    from zsl.evaluation import mean_confidence_interval

    known = table.read(semantics)
    split = division.read(features, labels, known)
    results = []
    for seed in range(seeds):
        estimator = RelationClassifier(semantics=known, random_state=seed, verbose=not quiet)
        if episodes is not None:
            estimator.set_params(n_episodes=episodes)
        results.append(dict[str, Any](evaluate_gzsl(estimator, split).to_dict()))
    if as_json:
        typer.echo(json.dumps(results, indent=1, ensure_ascii=False))
        return
    n_seen, n_unseen = len(split.seen_classes), len(split.unseen_classes)
    title = f"{features.name}: {n_seen} seen and {n_unseen} unseen classes, {seeds} seed(s)"
    rows = []
    for (key, name), meaning in FIGURES.items():
        mean, half = mean_confidence_interval([float(result[key]) for result in results])
        rows.append((name, f"{mean:.3f}" if seeds == 1 else f"{mean:.3f} ± {half:.3f}", meaning))
    print_table(title, ("", "value" if seeds == 1 else "mean ± 95 %", ""), rows)
