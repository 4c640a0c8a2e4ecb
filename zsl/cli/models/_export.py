"""``zsl export``: a saved model as an ONNX graph, or what it knows of its classes as the inputs of one."""

import io
from pathlib import Path
from typing import Annotated

import typer

from zsl.cli import _options as opt
from zsl.cli._shared import as_known, check_writable
from zsl.cli.models._opened import opened
from zsl.exceptions import InvalidInputError

_OUTPUT = "File to write: .onnx for the graph, or .npz for its classes alone, as inputs of a graph exported before."


def export(
    model: opt.ModelFolder,
    output: Annotated[Path, typer.Option("--output", "-o", help=_OUTPUT)],
    classes: str | None = typer.Option(None, help="Names of classes, separated by commas; all if not given."),
    single: bool = typer.Option(False, "--single", help="Compute in single precision, for runtimes without double."),
    quiet: opt.Quiet = False,
) -> None:
    """Export a saved model as an ONNX graph, which predicts without this package and without PyTorch."""
    import numpy as np

    from zsl._files.writing import put
    from zsl.scale.onnx.exporting import export, last_step
    from zsl.scale.onnx.known import prototypes

    if output.suffix not in (".onnx", ".npz"):
        raise InvalidInputError(f"--output {output} ends in neither .onnx nor .npz; wanted one of them.")
    if single and output.suffix == ".npz":
        raise InvalidInputError("--single goes with a graph, and --output names a file of classes.")
    check_writable(output)
    whole = opened(model).whole
    own = last_step(whole)
    chosen = None if classes is None else as_known(classes, own.classes_)
    if output.suffix == ".npz":
        file = io.BytesIO()
        known = prototypes(own, chosen)
        if known["labels"].dtype.kind == "O":
            known["labels"] = known["labels"].astype(str)  # an array of objects would be pickled
        np.savez(file, allow_pickle=False, **known)
        put(output.absolute(), [file.getbuffer()])
    else:
        export(whole, output, classes=chosen, precision="single" if single else "double")
    if not quiet:
        n = len(own.classes_) if chosen is None else len(chosen)
        after = "" if own is whole else " X is what the encoder gives."
        typer.echo(f"Exported {n} classes to {output}.{after if output.suffix == '.onnx' else ''}")
