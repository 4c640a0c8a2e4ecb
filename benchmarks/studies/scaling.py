"""The way to very many images and classes: bytes, operations, hours and cost of each stage, by rates of one core.

    python -m benchmarks.studies.scaling
    python -m benchmarks.studies.scaling --images 1e7 --classes 1e4 --cores 8 --nodes 1 --encode-rate 40

This is arithmetic, nothing is measured: each stage takes as long as its operations or its bytes, whichever is more, at
the rates given. The defaults were measured on one core of a shared machine of two: images per second through the
default image encoder, matrix products and X.T @ X in float32, and reading a file that isn't cached
(`benchmarks._harness.machine`). Cores and nodes are taken to multiply the rates, which is the extrapolation; the size
of a node, its disk and its price are assumptions. A fit is one process that reads all features once.
"""

from dataclasses import dataclass

from benchmarks._harness import Table, run

LABEL = 8
"""Bytes of a label, as of a row number."""


@dataclass(frozen=True)
class Stage:
    """What a stage does and moves, and what it can use of the nodes."""

    name: str
    operations: float
    moved: float
    core_seconds: float
    parallel: bool = True


def stages(
    images: float,
    classes: float,
    width: int,
    top: int,
    encode_rate: float,
    encode_operations: float,
    image_bytes: float,
    product_rate: float,
    square_rate: float,
    share: float,
) -> list[Stage]:
    """The five stages from images to stored predictions; features are float16."""
    features = 2.0 * images * width
    gram, scores = 2.0 * images * width**2, 2.0 * images * classes * width
    stored = images * (LABEL + top * (LABEL + 4))
    return [
        Stage("encode", images * encode_operations, images * image_bytes, images / encode_rate),
        Stage("write shards", 0, features, 0),
        Stage("fit", gram, features, gram / square_rate, parallel=False),
        Stage("score, top-k", scores, features, scores / (share * product_rate)),
        Stage("store", 0, stored, 0),
    ]


def main(
    images: float = 1e9,
    classes: float = 1e6,
    width: int = 768,
    top: int = 10,
    encode_rate: float = 12.5,
    encode_operations: float = 8e8,
    image_bytes: float = 1e5,
    product_rate: float = 5.4e10,
    square_rate: float = 7.7e10,
    share: float = 0.5,
    disk_rate: float = 8.7e8,
    cores: int = 64,
    nodes: int = 10,
    price: float = 3.0,
) -> None:
    """Print one row per stage.

    `share` is the part of the rate of products that scoring with its top-k reaches; `price` is that of a node per hour.
    """
    planned = stages(
        images, classes, width, top, encode_rate, encode_operations, image_bytes, product_rate, square_rate, share
    )
    output = Table("operations", "GB", "core hours", "nodes", "hours", "cost", stage=[stage.name for stage in planned])
    total_hours = total_cost = 0.0
    for stage in planned:
        used = nodes if stage.parallel else 1
        seconds = max(stage.core_seconds / cores, stage.moved / disk_rate) / used
        hours = seconds / 3600
        cost = hours * used * price
        total_hours, total_cost = total_hours + hours, total_cost + cost
        output.row(
            stage.name,
            f"{stage.operations:.1e}",
            f"{stage.moved / 1e9:,.0f}",
            f"{stage.core_seconds / 3600:,.1f}",
            str(used),
            f"{hours:,.2f}",
            f"{cost:,.0f}",
        )
    print(f"\nIn all {total_hours:,.1f} hours and {total_cost:,.0f} at {price:g} per node and hour.")
    for name, size in (("float32", 4), ("float16", 2)):
        print(f"Class table in {name}: {size * classes * width / 1e9:,.2f} GB per worker that holds it so.")


if __name__ == "__main__":
    run(main)
