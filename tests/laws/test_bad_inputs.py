"""Nothing but one clear error leaves a call with bad input, and the estimator stays as it was, bit for bit."""

import io
import pickle
import warnings
from functools import cache

import numpy as np
import pandas as pd
import pytest
import torch
from bad_inputs import BAD_OPTIONS, BAD_VALUES, bad_classes, bad_labels, bad_samples, of_another_width
from sklearn.exceptions import NotFittedError

from zsl import Semantics, ZSLError
from zsl.estimators.catalog import CATALOG
from zsl.testing import LawData, fitted

DATA = LawData.small()
PROMPTS = Semantics(np.random.default_rng(0).normal(size=(13, 12)), classes=DATA.semantics.classes)
CLASSIFIERS = [entry for entry in CATALOG if entry.knows]
SAMPLES = (
    "predict",
    "predict_proba",
    "predict_log_proba",
    "class_scores",
    "top_classes",
    "decision_function",
    "embed",
    "reject_score",
    "estimate_prior",
)
OPTIONS = {
    "k": "top_classes",
    "calibrated": "class_scores",
    "reject": "predict",
    "rescale": "predict",
    "prior": "predict",
}


@cache
def once(name):
    """An estimator of the catalogue, fitted once."""
    entry = next(entry for entry in CLASSIFIERS if entry.name == name)
    own = entry.load()()
    taken = own.get_params(deep=False)
    given = entry.small | {"cv": 2, "n_steps": 5, "n_episodes": 2, "n_generated": 10}
    own.set_params(**{key: value for key, value in given.items() if key in taken})
    return fitted(own, DATA, **({"semantics": PROMPTS} if entry.knows == "texts" else {}))


class Canonical(pickle.Pickler):
    """Pickles tensors by their bytes; PyTorch's own way holds addresses."""

    def reducer_override(self, found):
        """How a tensor is pickled."""
        if isinstance(found, torch.Tensor):
            return bytes, (found.detach().contiguous().numpy().tobytes(),)
        return NotImplemented


def pickled(estimator):
    """An estimator as bytes, the same for the same state."""
    stream = io.BytesIO()
    Canonical(stream).dump(estimator)
    return stream.getvalue()


class Refusals:
    """Calls that have to be refused, and what is wrong with how they were."""

    def __init__(self, estimator):
        self.estimator, self.before, self.n, self.wrong = estimator, pickled(estimator), 0, []

    def expect(self, what, call, *arguments):
        """Make a call; note whether an error of the package names one of the arguments and nothing changes."""
        self.n += 1
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                call()
        except (ZSLError, NotFittedError) as error:
            if not any(argument in str(error) for argument in arguments):
                self.wrong.append(f"{what}: no argument is named in {error}")
            if len(str(error)) > 1000:
                self.wrong.append(f"{what}: an error of {len(str(error))} characters")
        except Exception as error:
            self.wrong.append(f"{what}: {type(error).__name__}: {error}")
        else:
            self.wrong.append(f"{what}: taken without a word")

    def settle(self, least):
        """Fail unless enough calls were made, all were refused as they should be, and nothing changed."""
        assert pickled(self.estimator) == self.before, "a refused call changed the estimator"
        assert self.n >= least
        assert not self.wrong, f"{len(self.wrong)} of {self.n} calls:\n" + "\n".join(self.wrong[:60])


everyone = pytest.mark.parametrize("name", [entry.name for entry in CLASSIFIERS])


@everyone
def test_bad_samples(name):
    own = once(name)
    calls = Refusals(own)
    for method in SAMPLES:
        for case, X in (bad_samples(DATA.queries) | of_another_width(DATA.queries)).items():
            if hasattr(own, method):
                calls.expect(f"{method}({case})", lambda X=X, method=method: getattr(own, method)(X), "X")
    for case, X in bad_samples(DATA.X).items():
        calls.expect(f"fit({case})", lambda X=X: own.fit(X, DATA.y), "X")
    for case, X in (bad_samples(DATA.X_new) | of_another_width(DATA.X_new)).items():
        calls.expect(f"add_classes({case})", lambda X=X: own.add_classes(X, DATA.y_new), "X")
    if hasattr(own, "explain"):
        for case, X in bad_samples(DATA.queries[:2]).items():
            if case != "one dimension":
                calls.expect(f"explain({case})", lambda X=X: own.explain(X), "x")
    calls.settle(60 * 6)


@everyone
def test_bad_labels(name):
    own = once(name)
    calls = Refusals(own)
    for case, y in bad_labels(DATA.y).items():
        calls.expect(f"fit(y: {case})", lambda y=y: own.fit(DATA.X, y), "y")
    for case, y in bad_labels(DATA.y_new).items():
        calls.expect(f"add_classes(y: {case})", lambda y=y: own.add_classes(DATA.X_new, y), "y")
    calls.settle(60)


@everyone
def test_bad_classes(name):
    own = once(name)
    calls = Refusals(own)
    for case, classes in bad_classes(own.classes_).items():
        for method in ("predict", "predict_proba", "predict_log_proba", "class_scores", "top_classes"):
            calls.expect(
                f"{method}(classes: {case})",
                lambda classes=classes, method=method: getattr(own, method)(DATA.queries, classes),
                "classes",
            )
        calls.expect(f"remove_classes({case})", lambda classes=classes: own.remove_classes(classes), "labels")
        if hasattr(own, "explain"):
            calls.expect(f"explain({case})", lambda c=classes: own.explain(DATA.queries[0], among=c), "among")
    calls.settle(120)


@everyone
def test_bad_options(name):
    own = once(name)
    calls = Refusals(own)
    for option, method in OPTIONS.items():
        for value in BAD_OPTIONS[option]:
            calls.expect(
                f"{method}({option})",
                lambda method=method, given={option: value}: getattr(own, method)(DATA.queries, **given),
                option,
            )
    calls.settle(30)


@everyone
def test_bad_parameters(name):
    """Whatever is given for a parameter is taken, or refused by its name before anything is computed."""
    own = once(name)
    calls = Refusals(own)
    for parameter, good in own.get_params(deep=False).items():
        if parameter in ("semantics", "text_encoder"):
            continue
        for value in BAD_VALUES:
            own.set_params(**{parameter: value})
            try:
                own._check_parameters()
            except ZSLError as error:
                calls.n += 1
                if parameter not in str(error):
                    calls.wrong.append(f"{parameter}: not named in {error}")
            except Exception as error:
                calls.wrong.append(f"{parameter}: {type(error).__name__}: {error}")
            finally:
                own.set_params(**{parameter: good})
    calls.settle(15 if len(own.get_params()) < 4 else 60)


@everyone
def test_a_folder_that_cannot_be_written(name, tmp_path):
    own = once(name)
    calls = Refusals(own)
    (tmp_path / "file").write_text("a file")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("not a model")
    names = [None, 3.5, ["a"], object(), "", "a\0b", tmp_path / "file", tmp_path / "file" / "model", tmp_path / "mine"]
    names += [tmp_path / ("a" * 300), str(tmp_path / "\ud800")]
    for path in names:
        calls.expect(f"save({path!r})", lambda path=path: own.save(path), "path", str(tmp_path))
    assert sorted(file.name for file in tmp_path.rglob("*")) == ["file", "mine", "notes.txt"]
    calls.settle(len(names))


@everyone
def test_odd_but_good_samples_are_taken(name):
    """Tensors, frames of any kind, and arrays of objects that are numbers, give what the array gives."""
    own = once(name)
    wanted = own.predict(DATA.queries)
    for same in (
        torch.tensor(DATA.queries, requires_grad=True),
        DATA.queries.astype(object),
        DATA.queries.tolist(),
        np.ma.array(DATA.queries, mask=False),
        np.asfortranarray(DATA.queries),
    ):
        np.testing.assert_array_equal(own.predict(same), wanted)
    own.predict(torch.tensor(DATA.queries).bfloat16())
    for dtype in ("Float64", "double[pyarrow]", "float32"):
        frame = pd.DataFrame(DATA.queries).astype(dtype)
        assert len(own.predict(frame)) == len(wanted)
