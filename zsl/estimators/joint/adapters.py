"""Few-shot adapters of joint spaces: a kernel residual, a blended probe, an anchored probe."""

from __future__ import annotations

from zsl.estimators._parameters import Auto, Positive, Whole, parameters
from zsl.estimators.joint._base import JointSpaceClassifier
from zsl.estimators.joint._choice import Task, left_out_scores, likeliest
from zsl.methods.joint.anchored_probe import AnchoredProbe
from zsl.methods.joint.blended_probe import BlendedProbe
from zsl.methods.joint.kernel_residual import KernelResidual, left_out
from zsl.selection.search import Point

PENALTIES, STEPS = (0.03, 0.1, 0.3, 1.0, 3.0), (10, 30, 100, 300)
"""What "auto" tries."""
PENALTY_OF_SINGLES, STEPS_OF_SINGLES = 0.3, 30
"""What "auto" is where every class has one sample, so that nothing is left of a class without it."""


@parameters
class KernelResidualClassifier(JointSpaceClassifier):
    r"""Cosine to the class text, corrected by kernel ridge regression on a few samples (ProKeR).

    In the style of Y. Bendou, A. Ouasfi, V. Gripon and A. Boukhayma, "ProKeR: A Kernel Perspective on Few-Shot
    Adaptation of Large Vision-Language Models", 2025, arXiv:2501.11175; see
    `zsl.methods.joint.kernel_residual.KernelResidual` for the formula and departures from the paper. It has a closed
    form and is the fastest of the three adapters.

    Parameters
    ----------
    penalty : float or "auto"
        The penalty :math:`\lambda` on the residual, above 0. "auto" chooses it by the likelihood of exact leave-one-out
        scores of the support, and is 0.3 where every class has one sample.

    Attributes
    ----------
    penalty_ : float
        The chosen value.

    See Also
    --------
    AnchoredProbeClassifier : A linear probe drawn to class texts; the most accurate adapter that we measured.
    TipAdapterClassifier : A cache of samples, without texts.

    Examples
    --------
    >>> from zsl import KernelResidualClassifier
    >>> texts = {"cat": [1.0, 0.0, 0.2], "dog": [0.0, 1.0, 0.2], "owl": [0.0, 0.0, 1.0]}
    >>> clf = KernelResidualClassifier(semantics=texts).fit([[3.0, 0.0, 1.0], [0.0, 2.0, 1.0]], ["cat", "dog"])
    >>> clf.predict([[0.5, 0.4, 2.0], [0.9, 0.1, 0.1]]).tolist()
    ['owl', 'cat']
    >>> clf.add_classes([[1.0, 1.0, 0.0]], ["bat"], semantics={"bat": [0.9, 0.8, 0.1]}).classes_.tolist()
    ['bat', 'cat', 'dog', 'owl']
    """

    penalty: Auto | Positive = "auto"
    _chosen = ("scale", "penalty")

    def _choose(self, task: Task, scale: float) -> Point:
        if self.penalty != "auto":
            return {"penalty": float(self.penalty)}
        rows = task.shared()
        if not rows.any():
            return {"penalty": PENALTY_OF_SINGLES}
        tables = left_out(task.samples, task.codes, task.texts, PENALTIES)
        return {"penalty": PENALTIES[likeliest([table[rows] for table in tables], task.codes[rows])]}

    def _solve(self, task: Task, point: Point) -> KernelResidual:
        return KernelResidual.fit(task.samples, task.codes, task.texts, scale=point["scale"], penalty=point["penalty"])


@parameters
class BlendedProbeClassifier(JointSpaceClassifier):
    r"""Linear probe that blends class texts with learned prototypes, without a learning rate (LP++).

    In the style of Y. Huang, F. Shakeri, J. Dolz, M. Boudiaf, H. Bahig and I. Ben Ayed, "LP++: A Surprisingly Strong
    Linear Probe for Few-Shot CLIP", 2024, arXiv:2404.02285; see `zsl.methods.joint.blended_probe.BlendedProbe` for the
    formula and departures from the paper. Nothing is chosen but the scale and the number of steps.

    Parameters
    ----------
    n_steps : int or "auto"
        Steps of descent, which alone keep the probe near its start. "auto" takes 10, 30, 100 or 300, the number of the
        paper, by the likelihood of samples of the support that are left out, and 30 where every class has one sample.

    Attributes
    ----------
    n_steps_ : int
        The chosen number.

    See Also
    --------
    AnchoredProbeClassifier : A penalty keeps the probe near the texts.

    Examples
    --------
    >>> from zsl import BlendedProbeClassifier
    >>> texts = {"cat": [1.0, 0.0, 0.2], "dog": [0.0, 1.0, 0.2], "owl": [0.0, 0.0, 1.0]}
    >>> clf = BlendedProbeClassifier(semantics=texts).fit([[3.0, 0.0, 1.0], [0.0, 2.0, 1.0]], ["cat", "dog"])
    >>> clf.predict([[0.2, 0.1, 2.0], [0.9, 0.1, 0.1]]).tolist()
    ['owl', 'cat']
    >>> clf.add_classes([[1.0, 1.0, 0.0]], ["bat"], semantics={"bat": [0.9, 0.8, 0.1]}).classes_.tolist()
    ['bat', 'cat', 'dog', 'owl']
    """

    n_steps: Auto | Whole = "auto"
    _chosen = ("scale", "n_steps")

    def _choose(self, task: Task, scale: float) -> Point:
        if self.n_steps != "auto":
            return {"n_steps": int(self.n_steps)}
        if not task.shared().any():
            return {"n_steps": STEPS_OF_SINGLES}
        found = left_out_scores(task, lambda part: self._path(part, scale, STEPS))
        return {"n_steps": STEPS[likeliest(*found)]}

    def _solve(self, task: Task, point: Point) -> BlendedProbe:
        return self._path(task, point["scale"], (point["n_steps"],))[0]

    def _path(self, task: Task, scale: float, steps: tuple[int, ...]) -> list[BlendedProbe]:
        return BlendedProbe.path(task.samples, task.codes, task.texts, scale=scale, steps=steps)


@parameters
class AnchoredProbeClassifier(JointSpaceClassifier):
    r"""Linear probe drawn to class texts, to each as far as that recognises the samples of its class (CLAP).

    In the style of J. Silva-Rodríguez, S. Hajimiri, I. Ben Ayed and J. Dolz, "A Closer Look at the Few-Shot Adaptation
    of Large Vision-Language Models", 2024, arXiv:2312.12730; see `zsl.methods.joint.anchored_probe.AnchoredProbe` for
    the formula and departures from the paper. Nothing is chosen but the scale.

    Parameters
    ----------
    penalty : float
        The factor :math:`\mu` of the penalty on moves away from the texts, above 0; 1 as in the paper.

    See Also
    --------
    BlendedProbeClassifier : Prototypes beside the texts, kept near their start by few steps.
    KernelResidualClassifier : A closed form.

    Examples
    --------
    >>> from zsl import AnchoredProbeClassifier
    >>> texts = {"cat": [1.0, 0.0, 0.2], "dog": [0.0, 1.0, 0.2], "owl": [0.0, 0.0, 1.0]}
    >>> clf = AnchoredProbeClassifier(semantics=texts).fit([[3.0, 0.0, 1.0], [0.0, 2.0, 1.0]], ["cat", "dog"])
    >>> clf.predict([[0.5, 0.4, 2.0], [0.9, 0.1, 0.1]]).tolist()
    ['owl', 'cat']
    >>> clf.add_classes([[1.0, 1.0, 0.0]], ["bat"], semantics={"bat": [0.9, 0.8, 0.1]}).classes_.tolist()
    ['bat', 'cat', 'dog', 'owl']
    """

    penalty: Positive = 1.0
    _chosen = ("scale", "penalty")

    def _choose(self, task: Task, scale: float) -> Point:
        return {"penalty": float(self.penalty)}

    def _solve(self, task: Task, point: Point) -> AnchoredProbe:
        return AnchoredProbe.fit(task.samples, task.codes, task.texts, scale=point["scale"], penalty=point["penalty"])
