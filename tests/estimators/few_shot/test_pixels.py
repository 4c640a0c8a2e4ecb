"""Scale of pixels and order of axes: remembered by `fit`, checked in every later call, saved with the model."""

import numpy as np
import pytest
from few_shot_images import SMALL, draw_images, tiny

from zsl import InvalidInputError, ModelFileError, PrototypicalClassifier, load
from zsl.estimators.few_shot._pixels import check_axes, check_scale, check_stored_scale

X, y = draw_images(6, 6)
WHOLE = np.round(255 * (X - X.min()) / np.ptp(X)).astype(np.uint8)
FORMS = {"whole": WHOLE, "int64": WHOLE.astype(np.int64), "unit": WHOLE / 255, "real": X, "to 255": WHOLE.astype(float)}


def fitted(images):
    return PrototypicalClassifier(backbone=tiny(), **SMALL).fit(images, y)


@pytest.mark.parametrize("form", ["whole", "int64", "unit"])
def test_whole_numbers_and_shares_of_255_are_one_scale(form):
    clf = fitted(WHOLE)
    scores = clf.class_scores(WHOLE)
    np.testing.assert_allclose(clf.class_scores(FORMS[form]), scores, rtol=1e-4, atol=1e-4)
    noisy = WHOLE / 255 + np.random.default_rng(0).normal(0, 0.1, WHOLE.shape)
    assert len(clf.predict(noisy)) == len(y)


@pytest.mark.parametrize(
    ("fit_on", "ask", "message"),
    [
        ("whole", "to 255", r"holds values from 0 to 255; fitted on images of 0 to 1, where .* Divide X by 255"),
        ("unit", "to 255", "Divide X by 255"),
        ("whole", "real", "Divide X by 255, or convert it to uint8, if that is its range"),
        ("to 255", "unit", "holds values from 0 to 1; fitted on images of 0 to 255, .* Multiply X by 255"),
        ("to 255", "whole", "holds whole numbers from 0 to 255; .* Convert X to real numbers"),
        ("real", "whole", "Convert X to real numbers"),
        ("real", "to 255", "Bring X to the scale of the images fitted on"),
    ],
)
def test_images_of_another_scale_are_refused_in_every_later_call(fit_on, ask, message):
    clf, images = fitted(FORMS[fit_on]), FORMS[ask]
    before = vars(clf).copy()
    for call in (clf.predict, clf.class_scores, clf.embed, lambda X: clf.add_classes(X, y)):
        with pytest.raises(InvalidInputError, match=message):
            call(images)
    with pytest.raises(InvalidInputError, match=r"^X_unlabeled holds"):
        clf.add_classes(X_unlabeled=images)
    with pytest.raises(InvalidInputError, match=r"^validation holds"):
        clf.fit(FORMS[fit_on], y, validation=(images, y))
    assert all(vars(clf)[name] is value for name, value in before.items())


def test_masks_of_zero_and_one_are_no_images_of_255():
    clf, masks = fitted(WHOLE), (WHOLE > 127).astype(np.uint8)
    with pytest.raises(InvalidInputError, match=r"X holds whole numbers from 0 to 1; fitted on .* Multiply X by 255"):
        clf.predict(masks)
    with pytest.raises(InvalidInputError, match="X holds bool"):
        clf.predict(masks.astype(bool))
    on_masks = fitted(masks)
    assert len(on_masks.predict(masks)) == len(y)
    with pytest.raises(InvalidInputError, match="Give X in the same form"):
        on_masks.predict(WHOLE)


@pytest.mark.parametrize("form", ["whole", "unit", "to 255", "real"])
def test_black_and_dark_pictures_are_taken(form):
    clf, images = fitted(FORMS[form]), FORMS[form]
    assert len(clf.predict(np.zeros_like(images[:1]))) == 1
    dark = np.minimum(images, 3 if form == "whole" else images.max() / 80)[:1]
    assert len(clf.predict(dark)) == 1


def test_a_saved_model_knows_its_scale(tmp_path):
    fitted(WHOLE).save(tmp_path / "model")
    loaded = load(tmp_path / "model", encoder=tiny())
    with pytest.raises(InvalidInputError, match="Divide X by 255"):
        loaded.predict(WHOLE.astype(float))


def test_a_model_without_a_scale_takes_that_of_its_first_support(tmp_path):
    old = fitted(WHOLE).forget_classes()
    old._image_scale = None
    old.save(tmp_path / "model")
    loaded = load(tmp_path / "model", encoder=tiny())
    loaded.add_classes(WHOLE, y).add_classes(WHOLE / 255, y)
    with pytest.raises(InvalidInputError, match="Divide X by 255"):
        loaded.predict(WHOLE.astype(float))


def test_vectors_have_no_scale():
    clf = fitted(WHOLE).set_params(backbone=None).fit(X[:, 0, 0], y)
    assert clf._image_scale is None
    assert len(clf.predict(1000 * X[:, 0, 0])) == len(y)


def test_channels_on_the_last_axis():
    last = np.moveaxis(np.random.default_rng(0).integers(0, 256, (12, 3, 20, 20)), 1, -1)
    labels = np.repeat([0, 1, 2], 4)
    clf = PrototypicalClassifier(backbone="conv4_strided", **SMALL)
    with pytest.raises(InvalidInputError, match=r"shape \(20, 20, 3\), .* 3 channels on the last .*moveaxis\(X, -1"):
        clf.fit(last, labels)
    clf.fit(np.moveaxis(last, -1, 1), labels)
    with pytest.raises(InvalidInputError, match=r"fitted on \(3, 20, 20\)\. The channels come last: .*moveaxis"):
        clf.predict(last)
    with pytest.raises(InvalidInputError, match=r"For a single image give X\[None\]"):
        clf.predict(np.moveaxis(last, -1, 1)[0])
    for shape in ((1, 28, 28), (3, 84, 84), (64, 4, 4), (3, 20, 3), (20, 20, 7)):
        check_axes("X", shape)


def test_scales_that_a_file_may_hold():
    check_stored_scale(None)
    check_stored_scale((0.0, 1.0))
    check_scale("X", WHOLE, None)
    check_scale("X", X, (0.0, 0.0))
    for wrong in ((1.0, 0.0), (0.0, float("nan")), (0.0,), (float("inf"), float("inf"))):
        with pytest.raises(ModelFileError, match="range"):
            check_stored_scale(wrong)
