"""``zsl encode``: images or texts as files of features."""

from io import BytesIO
from pathlib import Path
from typing import Any

import typer

from zsl.cli import _options as opt
from zsl.cli._at_scale import BlockOptions, encode_blocks
from zsl.cli._shared import check_writable
from zsl.exceptions import InvalidInputError


def encode(
    features: opt.Features,
    labels: opt.Labels = None,
    output: Path = typer.Option(
        ..., "--output", "-o", help="File to write, .npy (features alone) or .npz (with labels), or a folder of shards."
    ),
    data: opt.DataOptions = opt.DataOptions(),
    blocks: BlockOptions = BlockOptions(),
    quiet: opt.Quiet = False,
) -> None:
    """Encode images or texts as features, which all other commands take in place of them.

    With --engine, --output is a folder of shards that is written block by block, and the same command continues what
    was interrupted.
    """
    check_writable(output)
    if blocks.engine is not None:
        said = encode_blocks(blocks, data, features, labels, output, quiet)
        if not quiet:
            typer.echo(said)
        return
    if output.suffix.lower() in (".npy", ".npz") and output.exists():
        raise InvalidInputError(f"--output {output} exists; wanted a new file.")
    found = data.find(features, labels)
    if found.kind == "features":
        raise InvalidInputError(f"{features} holds features already; wanted images or texts.")
    samples = data.take(found, quiet=quiet)
    written = str(output)
    match output.suffix.lower():
        case ".npy":
            _save(output, samples.X)
            if samples.y is not None:
                beside = output.with_name(f"{output.stem}_labels.npy")
                _save(beside, samples.y)
                written += f", and the labels to {beside}"
        case ".npz":
            _save(output, samples.X, samples.y)
        case "":
            from zsl.datasets import write_shards

            parts = [samples.X[start : start + 8192] for start in range(0, len(samples), 8192)]
            write_shards(output, parts, samples.y)
        case other:
            raise InvalidInputError(f"--output {output} ends in {other!r}; wanted .npy, .npz or a folder.")
    if not quiet:
        n_features = samples.X.shape[1]
        typer.echo(f"Wrote {len(samples)} {samples.kind} as {n_features} features to {written}.")


def _save(path: Path, X: Any, y: Any = None) -> None:
    """Write one array, or with labels an archive of both, at once."""
    import numpy as np

    from zsl._files.writing import put

    content = BytesIO()
    if path.suffix.lower() == ".npz":
        np.savez(content, allow_pickle=False, features=X, **({} if y is None else {"label": y}))
    else:
        np.save(content, X, allow_pickle=False)
    put(path, [content.getvalue()])
