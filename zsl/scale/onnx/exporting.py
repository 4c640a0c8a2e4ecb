"""Fitted estimators to ONNX files, checked against `predict_proba` before they are written."""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from os import PathLike, fspath
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.pipeline import Pipeline
from torch.export import Dim

from zsl._arguments import shown
from zsl._device import plain_torch
from zsl._extras import needed
from zsl._files.writing import put
from zsl.encoders import ImageEncoder, TextEncoder
from zsl.estimators._calls import snapshot
from zsl.exceptions import InvalidInputError, ModelFileError
from zsl.scale.onnx.known import INPUTS, arrays_of
from zsl.scale.onnx.parts import Parts, parts_of
from zsl.scale.onnx.scoring import Scoring

TOLERANCE = 1e-4
"""How far probabilities may differ from those of `predict_proba`."""
OUTPUTS = ("probabilities", "scores", "label_index")
N_CHECKED = 64
LARGEST = 2**31 - 2**20
"""Bytes that an ONNX file holds at most."""
_PRECISIONS = {"double": torch.float64, "single": torch.float32}


def export(
    est: Any,
    path: str | PathLike[str],
    *,
    classes: ArrayLike | None = None,
    precision: Literal["double", "single"] = "double",
    check: ArrayLike | bool = True,
) -> None:
    """Export a fitted estimator as one ONNX graph: scaling, embedding, score, balance of classes, temperature.

    What is known of classes comes in as inputs, so that classes that are added later need no other file:
    `zsl.scale.prototypes` gives their arrays. The classes of now are the inputs' defaults, so that the graph runs on
    samples alone, and their labels stand in its metadata.

    ========================  ==========================  ==============================================================
    input                     shape, type                 meaning
    ========================  ==========================  ==============================================================
    X                         (n, n_features) float32     samples, or with a backbone images of values that whole
                                                          numbers are divided by 255 for
    prototypes                (C, k) float32              represented classes
    bias                      (C,) float32                what is added to the scores of a class
    seen                      (C,) bool                   in place of `bias` with ``balance="gate"``
    temperature               () float32                  what scores are divided by in the softmax
    probabilities, scores     (n, C) float32              outputs: as `predict_proba` and calibrated `class_scores`
    label_index               (n,) int64                  output: the best class, as a position in the labels
    ========================  ==========================  ==============================================================

    Parameters
    ----------
    est : estimator
        A fitted zero-shot estimator, `PromptClassifier`, `SimpleShotClassifier`, `SharedGaussianClassifier` or
        `PrototypicalClassifier` without a refinement. Of a `Pipeline` that encodes images or texts first, the estimator
        after the encoder is exported: X is what the encoder gives.
    path : str or path
        The file to write, which is replaced if it is there.
    classes : array of shape (C,) or None, default=None
        The known classes that are the defaults of the inputs. None for all, `classes_`.
    precision : {"double", "single"}, default="double"
        What the graph computes in, and holds its constants in; what goes in and out is float32. "single" is for
        runtimes without double precision.
    check : bool or array of shape (n_samples, n_features), default=True
        Whether the graph is run in onnxruntime before it is written and its probabilities are compared with those of
        `predict_proba`, up to 1e-4; on these samples if some are given, and otherwise on some made up around those that
        were fitted on.

    Raises
    ------
    InvalidInputError
        If the estimator cannot be exported, an argument is none of these, or the file would be too large for the
        format.
    ModelFileError
        If the check fails, or the file cannot be written; then none is.
    MissingExtraError
        If onnx, onnxscript or, for the check, onnxruntime is missing.

    See Also
    --------
    zsl.scale.prototypes : The inputs for other classes.
    zsl.save : Everything that is known, for `zsl.load`.

    Examples
    --------
    >>> import zsl
    >>> split = zsl.load_digits_zsl()
    >>> clf = zsl.ESZSLClassifier(semantics=split.semantics).fit(split.X_train, split.y_train)
    >>> zsl.export(clf, "model.onnx")  # doctest: +SKIP
    """
    if precision not in _PRECISIONS:
        raise InvalidInputError(f"precision={shown(precision)}; wanted 'double' or 'single'.")
    checks = check is not False and not (isinstance(check, np.bool_) and not check)
    for module in ("onnx", "onnxscript", *(["onnxruntime"] if checks else [])):
        needed(module, "onnx", "export")
    with plain_torch():
        own = snapshot(last_step(est))
        parts = parts_of(own)
        dtype = _PRECISIONS[precision] if parts.dtype == torch.float64 else parts.dtype
        known = arrays_of(own, parts, classes)
        model = _graph(own, parts, dtype, known)
    given = None if check is True or isinstance(check, np.bool_) else check
    content = model.SerializeToString()
    if checks:
        _check(content, own, known, _samples(parts, known) if given is None else given, precision)
    try:
        put(Path(fspath(path)).absolute(), [content])
    except OSError as error:
        raise ModelFileError(f"{path} cannot be written: {error.strerror}.") from error


def last_step(est: Any) -> Any:
    """The estimator itself; of a pipeline, what comes after an encoder."""
    if not isinstance(est, Pipeline):
        return est
    *before, (_, last) = est.steps
    odd = [step for _, step in before if step not in (None, "passthrough") and not _encodes(step)]
    if odd:
        raise InvalidInputError(
            f"est transforms samples by a {type(odd[0]).__name__} first, which isn't exported; wanted a pipeline of an "
            "encoder and an estimator, or the last step alone, whose X is what the steps before it give."
        )
    return last


def _encodes(step: Any) -> bool:
    return isinstance(step, (ImageEncoder, TextEncoder))


def _graph(est: Any, parts: Parts, dtype: torch.dtype, known: Mapping[str, NDArray[Any]]) -> Any:
    """The ONNX model, with the classes of now as defaults of its inputs."""
    import onnx

    inputs = {name: torch.from_numpy(known[name]) for name in INPUTS if name in known}
    size = sum(tensor.nbytes for tensor in inputs.values())
    module = Scoring(parts, dtype).eval()
    size += sum(tensor.nbytes for tensor in module.embed.state_dict().values())
    if size > LARGEST:
        raise InvalidInputError(
            f"The file would hold {size / 2**30:.1f} GiB, and an ONNX file holds 2 at most; wanted fewer `classes` as "
            "its defaults: the others can be given as inputs."
        )
    rows, columns = Dim("n"), Dim("C")
    like = torch.zeros(3, *parts.shape, dtype=torch.float32)
    two = {
        name: part if not part.ndim else part[:1].expand(2, *part.shape[1:]).clone() for name, part in inputs.items()
    }
    dynamic = ({0: rows}, *({0: columns} if part.ndim else None for part in two.values()))
    try:
        with _quiet():
            program = torch.onnx.export(
                module,
                (like, *two.values()),
                dynamo=True,
                input_names=["X", *two],
                output_names=list(OUTPUTS),
                dynamic_shapes=dynamic,
                verbose=False,
            )
    except (torch.onnx.OnnxExporterError, RuntimeError) as error:
        reason = str(error.__cause__ or error).strip().partition("\n")[0]
        raise InvalidInputError(
            f"est is a {type(est).__name__} that PyTorch cannot export ({type(error).__name__}: {reason})."
        ) from error
    assert program is not None
    model = _bare(program.model_proto)
    model.graph.initializer.extend(onnx.numpy_helper.from_array(known[name], name) for name in inputs)
    facts = {"labels": json.dumps(known["labels"].tolist()), "estimator": type(est).__name__}
    onnx.helper.set_model_props(model, facts)
    return model


def _bare(model: Any) -> Any:
    """The model without notes on where each operator came from, which hold paths of this machine."""
    graph = model.graph
    del model.metadata_props[:], graph.metadata_props[:], graph.value_info[:]
    for part in (*graph.node, *graph.input, *graph.output, *graph.initializer):
        del part.metadata_props[:]
    return model


def _samples(parts: Parts, known: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
    """Made-up samples around those that were fitted on."""
    drawn = np.random.default_rng(0).normal(size=(N_CHECKED, *parts.shape))
    found: NDArray[np.float32] = (parts.middle + parts.size * drawn).astype(np.float32)
    return found


def _check(content: bytes, est: Any, known: Mapping[str, NDArray[Any]], X: Any, precision: str) -> None:
    """Compare with `predict_proba`, in single precision as the graph reads samples."""
    import onnxruntime

    X = est._check_samples(X, "check").astype(np.float32)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    (found,) = session.run(["probabilities"], {"X": X})
    wanted = est.predict_proba(X, known["labels"])
    error = float(np.abs(found - wanted).max())
    if not error <= TOLERANCE:
        remedy = " precision='double' keeps more digits." if precision == "single" else ""
        raise ModelFileError(
            f"The exported probabilities differ by {error:.1e} from those of predict_proba; wanted {TOLERANCE:g} at "
            f"most, and nothing was written.{remedy}"
        )


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what PyTorch's exporter says of itself and of extensions that nobody asked for."""
    loggers = [logging.getLogger(name) for name in ("torch.onnx", "onnxscript", "onnx_ir")]
    before = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
