"""``--engine``: commands that hand their blocks over to `zsl.scale`."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zsl.exceptions import InvalidInputError

if TYPE_CHECKING:
    from zsl.cli.reading import DataOptions

Engine = StrEnum("Engine", ["local", "ray"])
_FILES = (".csv", ".json", ".npy", ".npz", ".parquet", ".tsv", ".txt")
"""Endings of outputs that are meant as one file."""


@dataclass(frozen=True)
class EngineOptions:
    """What runs the work."""

    engine: Annotated[
        Engine | None, typer.Option(help="Where it runs: local, in this process, or ray, on a cluster or this machine.")
    ] = None
    workers: Annotated[int | None, typer.Option(min=1, help="Processes of --engine ray; as many as fit.")] = None

    def __post_init__(self) -> None:
        if self.workers is not None and self.engine is not Engine.ray:
            raise InvalidInputError(f"--workers {self.workers} goes with --engine ray, which wasn't given.")


@dataclass(frozen=True)
class BlockOptions(EngineOptions):
    """Samples that are done block by block, into a folder; an interrupted command continues."""

    column: Annotated[
        str | None, typer.Option(help="With --engine: the column of Parquet files that holds the samples.")
    ] = None
    gpus: Annotated[float, typer.Option(min=0, help="GPUs of each process of --engine ray; parts are shared.")] = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.gpus and self.engine is not Engine.ray:
            raise InvalidInputError(f"--gpus {self.gpus:g} goes with --engine ray, which wasn't given.")
        if self.column is not None and self.engine is None:
            raise InvalidInputError(f"--column {self.column} goes with --engine, which wasn't given.")

    def folder(self, output: Path | None) -> Path:
        """The folder to write, which isn't a file."""
        if output is None or output.suffix.lower() in _FILES or output.is_file():
            found = "no --output" if output is None else f"--output {output}"
            raise InvalidInputError(f"{found} with --engine {self.engine}, which writes blocks; wanted a folder.")
        return output

    def source(self, data: "DataOptions", path: Path, labels: Path | None = None) -> Any:
        """The samples, unread if they are in shards, in a ``.npy`` or in Parquet files."""
        from zsl.scale.sources.opening import open_source
        from zsl.scale.sources.parquet import parquet_files

        column = self.column or data.text_column
        in_parquet = path.suffix.lower() == ".parquet" or (path.is_dir() and bool(parquet_files(path)))
        if not in_parquet and self.column is not None:
            raise InvalidInputError(f"--column {self.column} goes with Parquet files, and {path} is or holds none.")
        if in_parquet or path.suffix.lower() == ".npy":
            return open_source(path, column if in_parquet else None)
        return open_source(data.find(path, labels))

    @property
    def given(self) -> dict[str, Any]:
        """As `zsl.scale` calls these options."""
        return {"engine": str(self.engine), "workers": self.workers, "num_gpus": self.gpus}


def predict_blocks(
    blocks: BlockOptions,
    source: Any,
    model: Path | None,
    estimator: Any,
    encoder: Any,
    output: Path | None,
    **options: Any,
) -> str:
    """Predict by blocks with a saved model, or with one that was changed since; what to say of that."""
    from zsl.datasets.samples._encoders import encoder_for
    from zsl.datasets.samples._found import Found
    from zsl.estimators.pipelines.pipeline import ZeroShotPipeline
    from zsl.scale import predict

    folder = blocks.folder(output)
    whole = model or estimator
    if encoder is not None and model is None:
        chosen = encoder_for(Found(Path(source.name), source.kind, None), encoder)
        if chosen is not None:
            whole = ZeroShotPipeline([("encoder", chosen), ("classes", estimator)])
    found = predict(source, whole, folder, **blocks.given, **options)
    return f"Wrote {len(found)} predictions by {type(estimator).__name__} to {folder}."


def encode_blocks(
    blocks: BlockOptions, data: "DataOptions", path: Path, labels: Path | None, output: Path, quiet: bool
) -> str:
    """Encode by blocks into shards; what to say of that."""
    from zsl.datasets._sources import read_labels
    from zsl.datasets.samples._encoders import encoder_for
    from zsl.datasets.samples._found import Found
    from zsl.scale import encode

    folder, source = blocks.folder(output), blocks.source(data, path, labels)
    encoder = encoder_for(Found(path, source.kind, None), data.encoder)
    if encoder is None:
        raise InvalidInputError(f"{path} holds features already; wanted images or texts.")
    if data.skip_unreadable and source.kind == "images":
        encoder.set_params(on_error="skip")
    y = None if labels is None or source.labels is not None else read_labels(labels, data.label_column, data.separator)
    found = encode(source, encoder, folder, y, **blocks.given, verbose=not quiet)
    return f"Wrote {len(found)} {source.kind} as {found.shape[1]} features to {folder}."


@contextmanager
def processes(run: EngineOptions, jobs: int) -> Iterator[int]:
    """How many fits run at the same time, here or in processes of Ray meanwhile."""
    if run.engine is not Engine.ray:
        yield jobs
        return
    from zsl.scale import on_ray

    if jobs != 1:
        raise InvalidInputError(f"--jobs {jobs} doesn't go with --engine ray, whose processes are --workers.")
    with on_ray(run.workers) as count:
        yield count
