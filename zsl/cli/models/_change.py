"""``zsl add`` and ``zsl remove``: classes of a saved model, without fitting again."""

from pathlib import Path
from typing import Annotated, Any

import typer

from zsl._escaping import one_line
from zsl.cli import _options as opt
from zsl.cli._shared import as_known
from zsl.cli.models._opened import opened, target
from zsl.exceptions import InvalidInputError

Output = Annotated[Path | None, typer.Option("--output", "-o", help="Folder to save the changed model in.")]
InPlace = Annotated[bool, typer.Option("--in-place", help="Change the model where it is.")]


def add(
    model: opt.ModelFolder,
    *,
    semantics: Path | None = typer.Option(None, help="CSV with rows of new classes: attributes, or with --texts."),
    names: str | None = typer.Option(
        None, help="Names of new classes, separated by commas, which are encoded as texts."
    ),
    support: Path | None = typer.Option(None, help="Labelled samples of classes, new or known."),
    support_labels: Path | None = typer.Option(None, help="Their labels, if in a separate file."),
    output: Output = None,
    in_place: InPlace = False,
    data: opt.DataOptions = opt.DataOptions(),
    table: opt.TableOptions = opt.TableOptions(),
    trusted: opt.Trusted = False,
    quiet: opt.Quiet = False,
) -> None:
    """Make classes known to a saved model, by their descriptions, their names or a few samples."""
    from zsl.semantics import Semantics
    from zsl.semantics._labels import count, listing

    if semantics is not None and names is not None:
        raise InvalidInputError("--semantics and --names exclude each other; wanted one of them.")
    if semantics is None and names is None and support is None:
        raise InvalidInputError("Wanted --semantics, --names or --support; none of them was given.")
    if support is None and support_labels is not None:
        raise InvalidInputError("--support-labels goes with --support, which wasn't given.")
    folder = target(model, output, in_place)
    found = opened(model, data.encoder, text_encoder=table.text_encoder, trusted=trusted)
    if not hasattr(found.rest, "add_classes"):
        raise InvalidInputError(f"{model} holds a {type(found.rest).__name__}, which takes no classes.")
    before = found.rest.classes_.tolist()
    given: dict[str, Any] = {}
    if names is not None or semantics is not None:
        rows = table.rows(semantics) if semantics is not None else as_known(names or "", [])
        if not isinstance(rows, Semantics):
            _check_takes_texts(found.rest, "--names" if semantics is None else "--texts")
        given["semantics"] = rows
    X = y = None
    if support is not None:
        samples = found.take(support, support_labels, data, quiet, labelled=True)
        X, y = samples.X, samples.y
    found.rest.add_classes(X, y, **given)
    found.whole.save(folder)

    if quiet:
        return
    new = [label for label in found.rest.classes_.tolist() if label not in set(before)]
    again = sorted({label for label in ([] if y is None else y.tolist()) if label not in set(new)})
    if new:
        typer.echo(f"Added {count(len(new), 'class', 'classes')}: {listing(new, 10, one_line)}.")
    if again:
        typer.echo(f"Better known by samples: {listing(again, 10, one_line)}.")
    typer.echo(f"{found.counted()} Saved in {folder}.")


def remove(
    model: opt.ModelFolder,
    names: str = typer.Argument(help="Classes to forget, separated by commas."),
    *,
    output: Output = None,
    in_place: InPlace = False,
    quiet: opt.Quiet = False,
) -> None:
    """Forget classes of a saved model: it no longer predicts them."""
    from zsl.semantics._labels import count, listing

    folder = target(model, output, in_place)
    found = opened(model)
    if not hasattr(found.rest, "remove_classes"):
        raise InvalidInputError(f"{model} holds a {type(found.rest).__name__}, which keeps its classes.")
    labels = as_known(names, found.rest.classes_)
    if not labels:
        raise InvalidInputError(f"NAMES is {names!r}; wanted classes, separated by commas.")
    found.rest.remove_classes(labels)
    found.whole.save(folder)
    if not quiet:
        typer.echo(f"Removed {count(len(labels), 'class', 'classes')}: {listing(labels, 10, one_line)}.")
        typer.echo(f"{found.counted()} Saved in {folder}.")


def _check_takes_texts(estimator: Any, option: str) -> None:
    """Refuse sentences and names for a model whose classes are described by attributes with names, before encoding."""
    from zsl.cli.models._info import are_named

    own = estimator[-1] if hasattr(estimator, "steps") else estimator
    table = getattr(own, "_table", None)
    if table is not None and table.texts is None and are_named(table):
        raise InvalidInputError(
            f"{option} was given, and the model describes classes by {len(table.attributes)} attributes such as "
            f"{table.attributes[0]!r}; wanted --semantics with these columns, or --support."
        )
