"""The report: one page on how well an estimator does on a split, where it fails and why."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date as Date
from importlib.resources import files
from os import PathLike
from pathlib import Path
from typing import Any, Literal

from zsl._escaping import one_line
from zsl.evaluation.benchmark._describe import versions as current_versions
from zsl.evaluation.gzsl import GZSLResult
from zsl.evaluation.splits import GZSLSplit
from zsl.exceptions import InvalidInputError
from zsl.plots._display import Display
from zsl.plots._theme import THEMES, check_matplotlib
from zsl.plots.hubness import HubnessDisplay
from zsl.plots.per_class import PerClassDisplay
from zsl.plots.reliability import ReliabilityDisplay
from zsl.plots.seen_unseen import SeenUnseenDisplay
from zsl.report._parts import ReportNumbers, collect


@dataclass(frozen=True)
class Picture:
    """One plot in both themes."""

    light: bytes
    dark: bytes
    width: int
    alt: str

    def address(self, theme: Literal["light", "dark"]) -> str:
        """The PNG as an address that needs no file."""
        return data_address(getattr(self, theme))


def data_address(png: bytes) -> str:
    """A PNG as an address that needs no file."""
    return "data:image/png;base64," + b64encode(png).decode()


def write_report(
    fitted: Any,
    split: GZSLSplit,
    path: str | PathLike[str],
    *,
    k: int = 1,
    n_examples: int = 2,
    title: str | None = None,
    others: Mapping[str, GZSLResult] | None = None,
    png_folder: str | PathLike[str] | None = None,
    versions: Mapping[str, str] | None = None,
    date: str | None = None,
    images: Sequence[Any] | None = None,
) -> Path:
    """Measure a fitted estimator on a split and write the results as one HTML page.

    The page contains its plots and loads nothing from outside. It shows the figures, the seen-unseen curve with the
    chosen γ, how far probabilities can be trusted, the accuracy of single classes, the confusion among all and among
    unseen classes, hubs, explanations of hits and misses, with pictures where there are any, what was chosen in
    fitting, and where the data come from. Hits and misses are taken at even steps through the test samples of unseen
    classes. The same arguments make the same page, except for the date and for the time that predicting took.

    Parameters
    ----------
    fitted : estimator
        Zero-shot estimator fitted on the seen classes of the split, or a pipeline or search that ends in one. If it has
        a method ``explain(x, among=(a, b))`` that returns a DataFrame with a column "contribution", predictions are
        explained by it.
    split : GZSLSplit
        The data set.
    path : str or path
        The HTML file; an older one is replaced. Its folder has to exist.
    k : int, default=1
        How many best classes of a sample count for hubness, from 1 to the number of classes.
    n_examples : int, default=2
        How many hits and how many misses are explained.
    title : str or None, default=None
        Heading of the page. None for one with the name of the split.
    others : mapping of str to GZSLResult or None, default=None
        Results of other estimators on the same split, drawn beside this one.
    png_folder : str or path or None, default=None
        Folder for the plots as PNG files, each light and dark; it is made if it doesn't exist. None for no files.
    versions : mapping of str to str or None, default=None
        Versions shown at the end of the page. None for those of the packages that computed, {} for none.
    date : str or None, default=None
        Date shown below the title. None for that of today, "" for none.
    images : sequence of images or None, default=None
        Pictures of the test samples of unseen classes, in their order: paths, arrays of pixels or images of Pillow.
        None for ``split.info["images"]``, if the split has that. Only those shown are opened.

    Returns
    -------
    Path
        The HTML file.

    Raises
    ------
    InvalidInputError
        If the estimator doesn't know a class of the split, the classes that it was fitted on aren't the seen classes
        of the split, or `k`, `n_examples`, `others` or `images` cannot be used.
    MissingExtraError
        If matplotlib isn't installed.
    OSError
        If a file cannot be written.
    """
    check_matplotlib()
    target, others = Path(path), dict(others or {})
    for name, found in others.items():
        if not isinstance(found, GZSLResult):
            raise InvalidInputError(f"others has a {type(found).__name__} for {name!r}; wanted a GZSLResult.")
    numbers = collect(fitted, split, k=k, n_examples=n_examples, others=others, images=images)
    if numbers.estimator in others:
        raise InvalidInputError(f"others has a result named {numbers.estimator!r}, the name of the estimator itself.")
    pictures = draw(numbers)
    page = render(
        numbers,
        pictures,
        title=title or f"Zero-shot report: {split.name or numbers.estimator}",
        versions=current_versions() if versions is None else versions,
        date=Date.today().isoformat() if date is None else date,
    )
    if png_folder is not None:
        folder = Path(png_folder)
        folder.mkdir(parents=True, exist_ok=True)
        for name, picture in pictures.items():
            (folder / f"{name}_light.png").write_bytes(picture.light)
            (folder / f"{name}_dark.png").write_bytes(picture.dark)
    target.write_text(page, encoding="utf-8")
    return target


def draw(numbers: ReportNumbers) -> dict[str, Picture]:
    """All plots of a report, by name."""
    result, reliability = numbers.result, numbers.reliability
    all_results = {numbers.estimator: result, **numbers.others}
    at = f"; at the chosen γ, S {result.seen:.3f} and U {result.unseen:.3f}" if result.seen_bias is not None else ""
    curves = ", ".join(f"{name} {found.ausuc:.3f}" for name, found in all_results.items())
    plots: dict[str, tuple[Display, str]] = {
        "seen_unseen": (SeenUnseenDisplay(all_results), f"Seen-unseen curve. Area under it: {curves}{at}."),
        "per_class": (
            PerClassDisplay(result),
            f"Accuracy of {len(result.unseen_by_class)} unseen and {len(result.seen_by_class)} seen classes as bars; "
            "the table below it has the numbers.",
        ),
        "confusion": (
            numbers.confusion,
            f"Confusion among all {len(numbers.classes)} classes, seen ones first; the most frequent mistakes are in "
            "the table below it.",
        ),
        "confusion_unseen": (
            numbers.among_unseen,
            f"Confusion of {len(numbers.among_unseen.classes)} unseen classes; the most frequent mistakes are in the "
            "table below it.",
        ),
        "hubness": (
            HubnessDisplay(numbers.occurrence, numbers.k),
            f"Histogram of the {numbers.k}-occurrence of {len(numbers.classes)} classes, from "
            f"{numbers.occurrence.min()} to {numbers.occurrence.max()}; skewness {numbers.hubness:.2f}.",
        ),
    }
    if reliability is not None:
        alt = f"Reliability diagram; expected calibration error {reliability.expected_calibration_error:.3f}."
        plots["reliability"] = ReliabilityDisplay({"": reliability}), alt
    if numbers.found is not None:
        alt = "The test samples of unseen classes that fit each unseen class best; those of another class have a mark."
        plots["found"] = numbers.found, alt
    return {
        name: Picture(plot._png("light"), plot._png("dark"), round(plot._size()[0] * 100), alt)
        for name, (plot, alt) in plots.items()
    }


def render(
    numbers: ReportNumbers, pictures: Mapping[str, Picture], *, title: str, versions: Mapping[str, str], date: str
) -> str:
    """The page. All names that a user chose are brought to one line and escaped by the template engine."""
    from jinja2 import Environment, StrictUndefined  # only a page needs it, not every import of this folder
    from markupsafe import Markup

    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: one_line(value) if isinstance(value, str) and not isinstance(value, Markup) else value,
    )
    source = files("zsl.report").joinpath("_template.html.j2").read_text(encoding="utf-8")
    return environment.from_string(source).render(
        numbers=numbers,
        result=numbers.result,
        results={numbers.estimator: numbers.result, **numbers.others},
        pictures=pictures,
        themes=THEMES,
        data_address=data_address,
        title=title,
        versions=versions,
        date=date,
    )
