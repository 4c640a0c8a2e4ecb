"""What the plots draw, read back from their axes."""

import subprocess
import sys

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from zsl.evaluation import GZSLResult, SeenUnseenCurve
from zsl.exceptions import InvalidInputError, MissingExtraError
from zsl.plots import plot_confusion, plot_hubness, plot_per_class_accuracy, plot_seen_unseen
from zsl.plots._theme import THEMES, as_png, names_of


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


NASTY = r"$\nothing{ <script>alert(1)</script> _&"


def result(**changes):
    """Two seen and two unseen classes; S falls 1, .5, 0 and U rises 0, .5, 1 at the margins 0 and 1."""
    values = {
        "t1_by_class": {"cat": 1.0, NASTY: 0.5},
        "seen_by_class": {"ant": 0.25, "bee": 0.75},
        "unseen_by_class": {"cat": 0.5, NASTY: 0.25},
        "curve": SeenUnseenCurve(np.array([0.0, 1.0]), np.array([1, 0.5, 0]), np.array([0, 0.5, 1])),
        "predict_seconds": 0.25,
        "seen_bias": 0.5,
        "name": "toy",
    }
    return GZSLResult(**values | changes)


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


PLOTS = [
    lambda **how: plot_seen_unseen(result(name=NASTY), **how),
    lambda **how: plot_per_class_accuracy(result(), **how),
    lambda **how: plot_confusion(["cat", NASTY], [NASTY, "dog"], ["cat", NASTY], **how),
    lambda **how: plot_hubness([[1, 2, 0], [0, 1, 2]], 2, **how),
]


@pytest.mark.parametrize("plot", PLOTS)
@pytest.mark.parametrize("theme", THEMES)
def test_each_plot_is_drawn_in_both_themes(plot, theme):
    ax = plot(theme=theme)
    assert as_png(ax, dpi=50).startswith(b"\x89PNG")
    colours = THEMES[theme]
    assert to_rgb(ax.get_facecolor()) == to_rgb(colours.background)
    assert to_rgb(ax.figure.get_facecolor()) == to_rgb(colours.background)
    assert {to_rgb(label.get_color()) for label in (ax.xaxis.label, ax.yaxis.label)} == {to_rgb(colours.text)}


@pytest.mark.parametrize("plot", PLOTS)
def test_each_plot_takes_axes_and_checks_the_theme(plot):
    ax = Figure().add_subplot()
    assert plot(ax=ax) is ax
    with pytest.raises(InvalidInputError, match=r"theme='neon'; wanted one of \['light', 'dark'\]"):
        plot(theme="neon")


@pytest.mark.parametrize("plot", PLOTS)
def test_missing_matplotlib_is_told(plot, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'zslearn\[plots\]'"):
        plot()


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_colours_stand_out_from_the_background(theme):
    def luminance(colour):
        rgb = np.array(to_rgb(colour))
        return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]

    def contrast(colour):
        low, high = sorted([luminance(colour), luminance(theme.background)])
        return (high + 0.05) / (low + 0.05)

    assert contrast(theme.text) >= 7
    assert min(contrast(colour) for colour in theme.series) >= 3


def test_figures_are_those_of_pyplot_and_no_setting_is_changed():
    program = """
import sys
import matplotlib
before = matplotlib.rcParams.copy()
import zsl.plots
assert "matplotlib.pyplot" not in sys.modules
axes = [zsl.plots.plot_confusion([1, 2], [1, 1], [1, 2], theme="dark"), zsl.plots.plot_hubness([[1, 2]])]
import matplotlib.pyplot as plt
assert [plt.figure(number) for number in plt.get_fignums()] == [ax.figure for ax in axes]
after = matplotlib.rcParams.copy()
assert {name for name in after if name != "backend" and after[name] != before[name]} == set()
"""
    subprocess.run([sys.executable, "-W", "ignore", "-c", program], check=True)


def test_importing_the_package_needs_no_matplotlib():
    program = "import sys, zsl.evaluation; sys.exit('matplotlib' in sys.modules)"
    subprocess.run([sys.executable, "-W", "ignore", "-c", program], check=True)


def test_curve_has_a_mark_at_the_chosen_bias():
    ax = plot_seen_unseen(result())
    curve, mark = ax.lines
    assert curve.get_xydata().tolist() == [[0, 1], [0.5, 0.5], [1, 0]]
    assert mark.get_xydata().tolist() == [[0.5, 0.5]]
    assert legend(ax) == ["toy\nAUSUC 0.500, H 0.500 at γ = 0.5"]


def test_curves_of_several_estimators_differ_by_more_than_colour():
    named = {f"_{place}": result(seen_bias=place) for place in range(5)} | {"no bias": result(seen_bias=None)}
    ax = plot_seen_unseen(named)
    assert len(ax.lines) == 11
    lines, marks = (
        [line for line in ax.lines if len(line.get_xdata()) > 1],
        [x for x in ax.lines if len(x.get_xdata()) == 1],
    )
    assert len({(str(line.get_linestyle()), line._dash_pattern and str(line._dash_pattern)) for line in lines[:5]}) == 5
    assert len({mark.get_marker() for mark in marks}) == 5
    assert legend(ax)[0] == "_0\nAUSUC 0.500, H 0.500 at γ = 0"
    assert legend(ax)[-1] == "no bias\nAUSUC 0.500"


def test_curve_without_a_name_and_without_results():
    assert legend(plot_seen_unseen(result(name="")))[0].startswith("GZSL\nAUSUC 0.500")
    with pytest.raises(InvalidInputError, match="results is empty"):
        plot_seen_unseen({})


def test_bars_of_single_classes():
    ax = plot_per_class_accuracy(result())
    assert [bar.get_width() for bar in ax.patches] == [0.5, 0.25, 0.25, 0.75]
    assert [bar.get_hatch() or "" for bar in ax.patches] == ["", "", "///", "///"]
    assert ax.lines[0].get_xydata().tolist() == [[1, 0], [0.5, 1]]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["cat", *names_of([NASTY]), "ant", "bee"]
    assert "unseen, among unseen classes (T1)" in legend(ax)


def test_the_lowest_of_many_classes_are_drawn_in_their_order():
    accuracies = {"a": 0.5, "b": 0.9, "c": 0.1, "d": 0.3}
    ax = plot_per_class_accuracy(result(seen_by_class=accuracies), max_classes=2)
    assert [bar.get_width() for bar in ax.patches] == [0.5, 0.25, 0.1, 0.3]
    assert "seen, among all classes (the 2 lowest of 4)" in legend(ax)
    with pytest.raises(InvalidInputError, match="max_classes=0"):
        plot_per_class_accuracy(result(), max_classes=0)


def test_confusion_by_hand():
    ax = plot_confusion([7, 7, 9, 9], [7, 9, 9, 9], [9, 7])
    assert ax.images[0].get_array().tolist() == [[1, 0], [0.5, 0.5]]
    assert [text.get_text() for text in ax.texts] == ["1.00", "0.00", "0.50", "0.50"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["9", "7"]


def test_predictions_outside_the_classes_are_others():
    ax = plot_confusion(["a", "b"], ["z", "b"], ["a", "b", "c"])
    assert ax.images[0].get_array().tolist() == [[0, 0, 0, 1], [0, 1, 0, 0], [0, 0, 0, 0]]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["a", "b", "c", "other"]


@pytest.mark.parametrize(("count", "names"), [(13, 13), (60, 60), (61, 0)])
def test_large_confusions_have_a_colour_bar_instead_of_numbers(count, names):
    ax = plot_confusion(range(count), range(count), range(count))
    assert not ax.texts
    assert len(ax.figure.axes) == 2
    assert len(ax.get_yticks()) == names


@pytest.mark.parametrize(
    ("y_true", "y_pred", "classes", "complaint"),
    [
        (["a"], ["a", "b"], ["a"], "y_true has 1 labels and y_pred 2"),
        ([], [], ["a"], "at least one"),
        (["a"], ["a"], ["a", "a"], "names a class twice"),
        (["z"], ["a"], ["a"], "y_true holds 'z'"),
    ],
)
def test_confusion_of_labels_that_do_not_fit(y_true, y_pred, classes, complaint):
    with pytest.raises(InvalidInputError, match=complaint):
        plot_confusion(y_true, y_pred, classes)


def test_histogram_counts_every_class_once():
    ax = plot_hubness([[3, 2, 1], [3, 2, 1], [3, 2, 1]], 1)
    assert [bar.get_height() for bar in ax.patches] == [2, 0, 0, 1]
    assert ax.get_title() == "skewness 0.71"
    assert legend(ax) == ["mean 1.0"]
    assert "best match" in ax.get_xlabel()
    assert "among the 2 best" in plot_hubness([[3, 2, 1]], 2).get_xlabel()


def test_histogram_of_large_counts_has_few_bars():
    scores = np.eye(4)[np.repeat([0, 1, 2, 3], [1, 10, 100, 1000])]
    ax = plot_hubness(scores)
    assert len(ax.patches) <= 26
    assert sum(bar.get_height() for bar in ax.patches) == 4


def test_long_names_keep_both_ends():
    (name,) = names_of(["Ornithorhynchus anatinus\nof the eastern rivers"])
    assert name == "Ornithorhynchus a…ern rivers"
    assert names_of([7, "short"]) == ["7", "short"]


def test_long_names_that_would_look_alike_show_where_they_differ():
    names = [f"a photo of one of the many {kind} of the southern hemisphere" for kind in ("birds", "bees", "fish")]
    assert names_of(names) == [f"a pho…{kind} of the southern…" for kind in ("birds", "bees", "fish")]
    assert len(set(names_of([f"{place} of a very long list of the same words" for place in range(50)]))) == 50
