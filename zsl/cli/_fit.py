"""``zsl fit``: a saved model from files."""

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from zsl._escaping import one_line
from zsl.cli import _options as opt
from zsl.cli._models import save_with_encoder
from zsl.cli._shared import PROMPT, make_method
from zsl.cli.reading._samples import check_described
from zsl.exceptions import InvalidInputError, SemanticsWarning

if TYPE_CHECKING:
    from zsl.datasets.samples._found import Found


def fit(
    features: opt.OptionalFeatures = None,
    labels: opt.Labels = None,
    *,
    semantics: Path | None = typer.Option(
        None, help="Class table, seen and unseen classes: CSV, or names as .txt; omit for few-shot."
    ),
    output: opt.SaveTo,
    data: opt.DataOptions = opt.DataOptions(),
    table: opt.TableOptions = opt.TableOptions(),
    method: opt.Method = opt.DEFAULT_METHOD,
    seed: int = typer.Option(0, help="Random state."),
    episodes: int | None = typer.Option(None, help="Maximum number of training episodes or steps."),
    quiet: opt.Quiet = False,
) -> None:
    """Fit on samples of the seen classes, and save the model. Classes of the class table without samples are unseen.

    PromptClassifier needs no samples: it compares them with names or sentences by an encoder of both.
    """
    from zsl.persistence.folder import check_target
    from zsl.semantics._labels import listing

    if semantics is None and (table.texts or table.text_encoder):
        raise InvalidInputError("--texts and --text-encoder go with --semantics, which wasn't given.")
    check_target(output)
    estimator = make_method(method, "--method", n_episodes=episodes, random_state=seed, verbose=not quiet)
    if features is None:
        if method != PROMPT or semantics is None:
            raise InvalidInputError(f"Wanted DATA; only --method {PROMPT} with --semantics needs none.")
        said = _fit_names(estimator, semantics, table, data.encoder)
        estimator.save(output)
        if not quiet:
            typer.echo(f"{said}\nSaved in {output}.")
        return
    joint = data.encoder if method == PROMPT else None
    known = None if semantics is None else table.read(semantics, joint)
    found = _training(data.find_labelled(features, labels, None, known))
    if known is not None:
        check_described(found, known)
    estimator.set_params(semantics=known, text_encoder=table.text_encoder or joint)
    samples = data.take(found, quiet=quiet)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SemanticsWarning)  # the audit below says the same
        estimator.fit(samples.X, samples.y)
    saved = save_with_encoder(estimator, samples.encoder, output)
    if quiet:
        return
    seen = estimator.seen_classes_
    names = listing(seen, 10, one_line)
    typer.echo(f"Fitted {method} on {len(samples)} samples of {len(seen)} seen classes: {names}.")
    if known is not None:
        typer.echo(_described(estimator.unseen_classes_))
        for finding in known.audit(seen=samples.y):
            typer.echo(f"Class table: {finding.message}")
    typer.echo(_chosen(estimator))
    typer.echo(saved)


def _fit_names(estimator: Any, semantics: Path, table: opt.TableOptions, encoder: str | None) -> str:
    """Fit on names or sentences alone, which one encoder compares with samples; what to say of that."""
    from zsl.encoders import DEFAULT_TEXT_ENCODER

    chosen = encoder or table.text_encoder or DEFAULT_TEXT_ENCODER
    estimator.set_params(semantics=table.read(semantics, chosen), text_encoder=chosen).fit()
    return f"{PROMPT} without samples, by the encoder {chosen}. {_described(estimator.unseen_classes_)}"


def _described(unseen: Any) -> str:
    from zsl.semantics._labels import listing

    names = listing(unseen, 10, one_line)
    return f"Known by semantics only: {len(unseen)} classes{': ' if names else ''}{names}."


def _training(found: "Found") -> "Found":
    """Of samples in folders of parts those to train on."""
    if found.parts is None:
        return found
    raise InvalidInputError(f"{found.path} holds folders of parts; wanted {found.path / 'train'} to fit on.")


def _chosen(estimator: Any) -> str:
    chosen = estimator.selection_
    values = ", ".join(
        [*(f"{name} = {_shown(value)}" for name, value in chosen["params"].items()), f"γ = {estimator.seen_bias_:.3g}."]
    )
    if not chosen["n_folds"]:
        return f"Too few seen classes or samples to choose on held-out classes: {values}"
    return f"Chosen on {chosen['n_folds']} folds of held-out seen classes (H = {chosen['harmonic_mean']:.3f}): {values}"


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return " : ".join(map(_shown, value))
    return f"{value:g}" if isinstance(value, (int, float)) and not isinstance(value, bool) else str(value)
