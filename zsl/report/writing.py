"""The report: one page on how well an estimator does on a split, where it fails and why."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from zsl._escaping import one_line
from zsl.evaluation.gzsl import GZSLResult
from zsl.evaluation.splits import GZSLSplit
from zsl.exceptions import InvalidInputError
from zsl.plots._theme import THEMES, as_png, check_matplotlib
from zsl.plots.figures import draw_occurrence, plot_confusion, plot_per_class_accuracy, plot_seen_unseen
from zsl.report._parts import ReportNumbers, collect

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Picture:
    """One plot in both themes."""

    light: bytes
    dark: bytes
    width: int
    alt: str

    def address(self, theme: Literal["light", "dark"]) -> str:
        """The PNG as an address that needs no file."""
        return "data:image/png;base64," + b64encode(getattr(self, theme)).decode()


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
    date: str = "",
) -> Path:
    """Measure a fitted estimator on a split and write the results as one HTML page.

    The page contains its plots and loads nothing from outside. It shows the figures, the seen-unseen curve with the
    chosen γ, the accuracy of single classes, the confusion of unseen classes, hubs, explanations of hits and misses,
    what was chosen in fitting, and where the data come from. Hits and misses are taken at even steps through the test
    samples of unseen classes. The same arguments make the same page, except for the time that predicting took.

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
        Versions of the packages that computed, shown at the end of the page.
    date : str, default=""
        Date shown at the end of the page.

    Returns
    -------
    Path
        The HTML file.

    Raises
    ------
    InvalidInputError
        If the estimator doesn't know a class of the split, the classes that it was fitted on aren't the seen classes
        of the split, or `k`, `n_examples` or `others` cannot be used.
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
    numbers = collect(fitted, split, k=k, n_examples=n_examples, others=others)
    if numbers.estimator in others:
        raise InvalidInputError(f"others has a result named {numbers.estimator!r}, the name of the estimator itself.")
    pictures = draw(numbers)
    page = render(
        numbers,
        pictures,
        title=title or f"Zero-shot report: {split.name or numbers.estimator}",
        versions=versions or {},
        date=date,
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
    result = numbers.result
    all_results = {numbers.estimator: result, **numbers.others}
    at = f"; at the chosen γ, S {result.seen:.3f} and U {result.unseen:.3f}" if result.seen_bias is not None else ""
    curves = ", ".join(f"{name} {found.ausuc:.3f}" for name, found in all_results.items())
    plots: dict[str, tuple[Callable[..., Axes], tuple[Any, ...], str]] = {
        "seen_unseen": (plot_seen_unseen, (all_results,), f"Seen-unseen curve. Area under it: {curves}{at}."),
        "per_class": (
            plot_per_class_accuracy,
            (result,),
            f"Accuracy of {len(result.unseen_by_class)} unseen and {len(result.seen_by_class)} seen classes as bars; "
            "the table below it has the numbers.",
        ),
        "confusion": (
            plot_confusion,
            (numbers.y_unseen, numbers.predicted, numbers.unseen_classes),
            f"Confusion of {len(numbers.unseen_classes)} unseen classes; the most frequent mistakes are below it.",
        ),
        "hubness": (
            draw_occurrence,
            (numbers.occurrence, numbers.k),
            f"Histogram of the {numbers.k}-occurrence of {len(numbers.classes)} classes, from "
            f"{numbers.occurrence.min()} to {numbers.occurrence.max()}; skewness {numbers.hubness:.2f}.",
        ),
    }
    pictures = {}
    for name, (plot, arguments, alt) in plots.items():
        light, dark = (plot(*arguments, theme=theme) for theme in THEMES)
        width = round(light.get_figure(root=True).get_figwidth() * 100)  # type: ignore[union-attr]
        pictures[name] = Picture(as_png(light), as_png(dark), width, alt)
    return pictures


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
        title=title,
        versions=versions,
        date=date,
    )
