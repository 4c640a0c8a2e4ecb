"""``zsl evaluate``: generalized zero-shot results on a user's own data."""

import json
from pathlib import Path
from typing import Any

import typer

from zsl.cli import _options as opt
from zsl.cli._shared import PROMPT, make_method, print_table

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
    data: opt.DataOptions = opt.DataOptions(),
    table: opt.TableOptions = opt.TableOptions(),
    method: opt.Method = opt.DEFAULT_METHOD,
    seeds: opt.Seeds = 1,
    episodes: int | None = typer.Option(None, help="Maximum number of training episodes or steps."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON instead of a table."),
    quiet: opt.Quiet = False,
) -> None:
    """Fit on seen classes and test on samples of seen and unseen classes: T1, S, U, H, AUSUC."""
    from zsl.evaluation import evaluate_gzsl, mean_confidence_interval

    known = table.read(semantics, data.encoder if method == PROMPT else None)
    estimators = [
        make_method(method, "--method", n_episodes=episodes, random_state=seed, verbose=not quiet)
        for seed in range(seeds)
    ]
    split = division.read(features, labels, known, data, quiet=quiet)
    results = []
    for estimator in estimators:
        result = evaluate_gzsl(estimator.set_params(semantics=known), split)
        results.append({"method": method, **dict[str, Any](result.to_dict())})
    if as_json:
        typer.echo(json.dumps(results, indent=1, ensure_ascii=False))
        return
    n_seen, n_unseen = len(split.seen_classes), len(split.unseen_classes)
    title = f"{method} on {features.name}: {n_seen} seen and {n_unseen} unseen classes, {seeds} seed(s)"
    rows = []
    for (key, name), meaning in FIGURES.items():
        mean, half = mean_confidence_interval([float(result[key]) for result in results])
        rows.append((name, f"{mean:.3f}" if seeds == 1 else f"{mean:.3f} ± {half:.3f}", meaning))
    print_table(title, ("", "value" if seeds == 1 else "mean ± 95 %", ""), rows)
