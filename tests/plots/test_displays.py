"""What the displays hold and draw, and where."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from zsl import ESZSLClassifier, InvalidInputError, RelationClassifier, load_digits_zsl
from zsl.evaluation import measure_gzsl, measure_retrieval, measure_shots, reliability_curve
from zsl.plots import (
    ConfusionDisplay,
    ExplanationDisplay,
    HubnessDisplay,
    PerClassDisplay,
    ReliabilityDisplay,
    RetrievalDisplay,
    SeenUnseenDisplay,
    ShotsDisplay,
)
from zsl.plots._theme import THEMES

mpl.use("agg")
SPLIT = load_digits_zsl()
FITTED = ESZSLClassifier(semantics=SPLIT.semantics, cv=2).fit(SPLIT.X_train, SPLIT.y_train)
X, Y = SPLIT.X_test_unseen, SPLIT.y_test_unseen
PICTURES = [np.clip(row.reshape(8, 8) / X.max(), 0, 1) for row in X]
WHY = pd.DataFrame(
    {"zebra": [1.0, 0.0, np.nan], "horse": [0.0, 1.0, np.nan], "contribution": [0.5, -0.25, 0.125]},
    index=pd.Index(["striped $x", "ridden", "(seen-class bias)"], name="attribute"),
)
DRAWN = {
    "seen_unseen": lambda **how: SeenUnseenDisplay.from_estimator(FITTED, SPLIT, **how),
    "per_class": lambda **how: PerClassDisplay.from_estimator(FITTED, SPLIT, **how),
    "confusion": lambda **how: ConfusionDisplay.from_estimator(FITTED, SPLIT, **how),
    "hubness": lambda **how: HubnessDisplay.from_estimator(FITTED, X, **how),
    "reliability": lambda **how: ReliabilityDisplay.from_estimator(FITTED, X, Y, **how),
    "shots": lambda **how: ShotsDisplay.from_estimator(FITTED, SPLIT, shots=[1, 2], n_draws=2, **how),
    "explanation": lambda **how: ExplanationDisplay.from_results(WHY, image=PICTURES[0], **how),
    "precision": lambda **how: RetrievalDisplay.from_estimator(FITTED, X, Y, k=4, **how),
    "pictures": lambda **how: RetrievalDisplay.from_estimator(FITTED, X, Y, k=4, images=PICTURES, **how),
}


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)
def test_a_display_is_a_figure_of_pyplot_in_the_colours_of_its_theme(draw):
    display = draw(theme="dark")
    assert plt.get_fignums() == [display.figure_.number]
    assert display.ax_.figure is display.figure_
    assert to_rgb(display.figure_.get_facecolor()) == to_rgb(THEMES["dark"].background)
    texts = [display.ax_.xaxis.label, display.ax_.yaxis.label, display.ax_.title, display.ax_._left_title]
    assert {to_rgb(text.get_color()) for text in texts if text.get_text()} <= {to_rgb(THEMES["dark"].text)}
    assert repr(display).startswith(f"{type(display).__name__}(")
    assert len(repr(display)) < 200


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)
def test_a_display_draws_again_on_given_axes_and_opens_nothing(draw):
    ax = Figure().add_subplot()
    display = draw(ax=ax)
    assert display.ax_ is ax
    other = Figure().add_subplot()
    assert display.plot(other) is display
    assert display.ax_ is other
    assert plt.get_fignums() == []
    assert display._png("light").startswith(b"\x89PNG")
    assert plt.get_fignums() == []
    with pytest.raises(InvalidInputError, match="theme='neon'"):
        display.plot(theme="neon")


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)
def test_nothing_is_clipped_at_the_edges(draw):
    display = draw()
    display.figure_.draw_without_rendering()
    inside = display.figure_.bbox
    drawn = display.figure_.get_tightbbox().transformed(display.figure_.dpi_scale_trans)
    assert drawn.x0 >= inside.x0 - 1
    assert drawn.y0 >= inside.y0 - 1
    assert drawn.x1 <= inside.x1 + 1
    assert drawn.y1 <= inside.y1 + 1


def test_curves_fill_their_axes():
    ax = SeenUnseenDisplay.from_estimator(FITTED, SPLIT).ax_
    curve = measure_gzsl(FITTED, SPLIT).curve
    assert ax.get_xlim() == pytest.approx((0, 1.04 * curve.unseen.max()))
    assert ax.get_ylim() == pytest.approx((0, 1.04 * curve.seen.max()))
    assert ax.lines[0].get_xydata().tolist() == np.column_stack([curve.unseen, curve.seen]).tolist()


def test_confusion_has_seen_classes_first_and_counts_every_test_sample():
    display = ConfusionDisplay.from_estimator(FITTED, SPLIT)
    assert display.classes.tolist() == [*SPLIT.seen_classes.tolist(), *SPLIT.unseen_classes.tolist()]
    assert display.seen.tolist() == [True] * len(SPLIT.seen_classes) + [False] * len(SPLIT.unseen_classes)
    predicted = FITTED.predict(np.concatenate([SPLIT.X_test_seen, X]))
    truth = np.concatenate([SPLIT.y_test_seen, Y])
    table = pd.crosstab(truth, predicted).reindex(index=display.classes, columns=display.classes, fill_value=0)
    assert display.counts[:, :-1].tolist() == table.to_numpy().tolist()
    assert {"seen (7)", "unseen (3)"} <= {text.get_text() for text in display.ax_.texts}
    shares = [share for _, _, share in display.mistakes(3)]
    off = display.shares[~np.eye(len(display.classes), dtype=bool)]
    assert shares == sorted(off.tolist(), reverse=True)[:3]


def test_confusion_among_unseen_classes_only():
    display = ConfusionDisplay.from_estimator(FITTED, SPLIT, among="unseen")
    assert display.classes.tolist() == SPLIT.unseen_classes.tolist()
    assert display.counts.sum() == len(Y)
    with pytest.raises(InvalidInputError, match="among='seen'; wanted 'all' or 'unseen'"):
        ConfusionDisplay.from_estimator(FITTED, SPLIT, among="seen")


def test_orders_of_a_confusion():
    truth, guess = list("aabbccdd"), list("accbacdd")
    given = {"y_true": truth, "y_pred": guess}
    assert ConfusionDisplay.from_predictions(**given).classes.tolist() == list("abcd")
    by_accuracy = ConfusionDisplay.from_predictions(**given, order="accuracy")
    assert by_accuracy.classes.tolist() == list("dabc")
    assert by_accuracy.shares[0].tolist() == [1, 0, 0, 0]
    similar = ConfusionDisplay.from_predictions(**given, order="similar").classes.tolist()
    assert abs(similar.index("a") - similar.index("c")) == 1
    apart = ConfusionDisplay.from_predictions(**given, seen_classes=["d", "b"], order="accuracy")
    assert apart.classes.tolist() == ["d", "b", "a", "c"]
    with pytest.raises(InvalidInputError, match="order='size'; wanted one of"):
        ConfusionDisplay.from_predictions(**given, order="size")


def test_many_classes_have_their_mistakes_numbered_and_listed():
    truth = np.repeat([f"class {place}" for place in range(70)], 2)
    guess = truth.copy()
    guess[:2], guess[4] = "class 9", "class 8"
    display = ConfusionDisplay.from_predictions(truth, guess)
    assert display.mistakes() == [("class 0", "class 9", 1.0), ("class 2", "class 8", 0.5)]
    assert [text.get_text() for text in display.ax_.texts] == ["1", "2"]
    assert display.ax_.lines[0].get_xydata().tolist() == [[display.classes.tolist().index("class 9"), 0]]
    assert display.ax_.get_xlabel().endswith("1  class 0 → class 9  1.00\n2  class 2 → class 8  0.50")


def test_hubs_are_named():
    display = HubnessDisplay.from_predictions([[2, 1, 0]] * 4 + [[0, 1, 0]], classes=["ant", "bee", "cat"])
    assert display.counts.tolist() == [4, 1, 0]
    assert legend(display.ax_) == ["mean 1.7", "4: ant"]
    with pytest.raises(InvalidInputError, match="classes has 2 labels for 3 columns"):
        HubnessDisplay.from_predictions([[2, 1, 0]], classes=["ant", "bee"])


def test_reliability_has_counts_behind():
    display = ReliabilityDisplay.from_predictions(
        list("aab"), [[0.9, 0.1], [0.4, 0.6], [0.2, 0.8]], classes=list("ab"), n_bins=2
    )
    line = display.ax_.lines[1]
    assert line.get_xydata().tolist() == [[pytest.approx(0.7666667), pytest.approx(2 / 3)]]
    (behind,) = (ax for ax in display.figure_.axes if ax is not display.ax_)
    assert behind.patches[0].get_data().values.tolist() == [0, 3]
    assert behind.get_ylabel() == "samples per bin"
    assert legend(display.ax_) == ["as right as confident", "ECE 0.100"]


def test_reliability_of_several_and_of_any_classifier():
    curve = reliability_curve(Y, FITTED.predict_proba(X), classes=FITTED.classes_)
    display = ReliabilityDisplay.from_results({"one": curve, "two": curve})
    assert legend(display.ax_)[1:] == [f"{name}: ECE {curve.expected_calibration_error:.3f}" for name in ("one", "two")]
    clf = make_pipeline(StandardScaler(), LogisticRegression()).fit(SPLIT.X_train, SPLIT.y_train)
    plain = ReliabilityDisplay.from_estimator(clf, SPLIT.X_test_seen, SPLIT.y_test_seen)
    assert legend(plain.ax_)[1].startswith("Pipeline: ECE")
    among = ReliabilityDisplay.from_estimator(FITTED, X, Y, classes=SPLIT.unseen_classes, name="unseen")
    wanted = reliability_curve(Y, FITTED.predict_proba(X, SPLIT.unseen_classes), classes=SPLIT.unseen_classes)
    assert legend(among.ax_)[1] == f"unseen: ECE {wanted.expected_calibration_error:.3f}"
    with pytest.raises(InvalidInputError, match="fitted is a StandardScaler without predict_proba"):
        ReliabilityDisplay.from_estimator(StandardScaler().fit(X), X, Y)


def test_shots_of_one_estimator_and_of_two():
    table = measure_shots(FITTED, SPLIT, shots=[1, 4], n_draws=2)
    ax = ShotsDisplay.from_results(table).ax_
    assert legend(ax) == ["semantics and samples", "samples alone", "class means of samples"]
    assert [len(line.get_xdata()) for line in ax.lines] == [3, 2, 2]
    assert ax.lines[0].get_ydata().tolist() == table["both"].tolist()
    assert [text.get_text() for text in ax.get_xticklabels()] == ["0", "1", "4"]
    assert ax.lines[0].get_xdata().tolist() == np.log2([1, 2, 5]).tolist()
    alone = table.assign(both=np.nan).drop(index=0)
    ax = ShotsDisplay.from_results({"A": table, "B": alone}).ax_
    assert legend(ax) == ["A: semantics and samples", "B: samples alone"]
    with pytest.raises(InvalidInputError, match="wanted what measure_shots returns"):
        ShotsDisplay.from_results({"A": table.drop(columns="support")})


def test_explanation_sums_up_what_has_no_bar():
    display = ExplanationDisplay.from_results(WHY, n_attributes=1)
    assert [bar.get_width() for bar in display.ax_.patches] == [0.5, -0.125]
    assert [text.get_text() for text in display.ax_.get_yticklabels()] == ["striped $x  (1, 0)", "(everything else)"]
    assert display.ax_.get_title(loc="left") == "zebra rather than horse: +0.375"
    assert [bar.get_hatch() or "" for bar in display.ax_.patches] == ["", "///"]
    assert [text.get_text() for text in display.ax_.texts] == ["+0.5", "−0.125"]
    bare = ExplanationDisplay.from_results(WHY[["contribution"]])
    assert bare.ax_.get_title(loc="left").startswith("the first class rather than the second class")
    with pytest.raises(InvalidInputError, match="wanted rows with a column 'contribution'"):
        ExplanationDisplay.from_results(WHY.drop(columns="contribution"))


def test_explanation_is_that_of_the_estimator_and_shows_the_sample(tmp_path):
    clf = RelationClassifier(semantics=SPLIT.semantics, n_episodes=2, cv=2, verbose=False, random_state=0)
    clf.fit(SPLIT.X_train, SPLIT.y_train)
    display = ExplanationDisplay.from_estimator(clf, X[0], among=(8, 9), image=PICTURES[0])
    pd.testing.assert_frame_equal(display.table, clf.explain(X[0], among=(8, 9)))
    assert display.classes == ["8", "9"]
    assert display.picture.shape == (8, 8, 3)
    assert display.ax_.child_axes[0].images[0].get_array().tolist() == display.picture.tolist()
    path = tmp_path / "a.png"
    Image.fromarray(display.picture).resize((800, 800)).save(path)

    def pixels(paths):
        assert [str(path)] == [str(one) for one in paths]
        return X[:1]

    encoded = make_pipeline(FunctionTransformer(pixels), clf)
    from_path = ExplanationDisplay.from_estimator(encoded, str(path))
    assert from_path.picture.shape == (192, 192, 3)
    assert from_path.table["contribution"].sum() == pytest.approx(clf.explain(X[0])["contribution"].sum())
    with pytest.raises(InvalidInputError, match="image can't be opened as an image"):
        ExplanationDisplay.from_estimator(clf, X[0], image=tmp_path / "b.png")


def test_retrieval_marks_hits_and_misses():
    scores = np.array([[0.9, 0.1], [0.8, 0.4], [0.7, 0.9], [0.1, 0.8]])
    display = RetrievalDisplay.from_predictions(list("abab"), scores, list("ab"), k=2, images=PICTURES[:4])
    assert display.ranked.tolist() == [[0, 1], [2, 3]]
    assert display.hits.tolist() == [[True, False], [False, True]]
    assert len(display.ax_.images) == 4
    frames = [to_rgb(frame.get_edgecolor()) for frame in display.ax_.patches]
    hit, miss = (to_rgb(colour) for colour in THEMES["light"].series[:2])
    assert frames == [hit, miss, miss, hit]
    assert [text.get_text() for text in display.ax_.get_yticklabels()] == ["a\nAP 0.83", "b\nAP 0.58"]
    assert sum(text.get_text() == "✗" for text in display.ax_.texts) == 2
    with pytest.raises(InvalidInputError, match="images has 3 entries for 4 samples"):
        RetrievalDisplay.from_predictions(list("abab"), scores, list("ab"), images=PICTURES[:3])
    with pytest.raises(InvalidInputError, match=r"images\[0\] can't be opened as an image"):
        RetrievalDisplay.from_predictions(list("abab"), scores, list("ab"), images=["a", "b", "c", "d"], k=1, ax=None)


def test_precision_is_that_of_the_measurement():
    display = RetrievalDisplay.from_estimator(FITTED, X, Y, k=3)
    wanted = measure_retrieval(FITTED, X, Y, k=[1, 2, 3])
    assert display.ax_.lines[-1].get_ydata().tolist() == [wanted.mean_precision(k) for k in (1, 2, 3)]
    assert legend(display.ax_)[:3] == ["7", "8", "9"]
    measured = RetrievalDisplay.from_results(wanted)
    assert measured.ax_.lines[-1].get_ydata().tolist() == display.ax_.lines[-1].get_ydata().tolist()
    many = RetrievalDisplay.from_predictions(np.arange(6), np.eye(6), np.arange(6), k=2)
    assert legend(many.ax_) == ["half of the classes", "mean of 6 classes, mAP 1.000"]
