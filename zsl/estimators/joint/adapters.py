"""Few-shot adapters of joint spaces: a kernel residual, a blended probe, an anchored probe."""

from __future__ import annotations

from zsl.estimators._parameters import Auto, Positive, Whole, parameters
from zsl.estimators.joint._base import JointSpaceClassifier
from zsl.estimators.joint._choice import Task, likeliest
from zsl.methods.joint.anchored_probe import AnchoredProbe
from zsl.methods.joint.blended_probe import BlendedProbe
from zsl.methods.joint.kernel_residual import KernelResidual, left_out
from zsl.selection.search import Point

PENALTIES = (0.03, 0.1, 0.3, 1.0, 3.0)
"""What "auto" tries."""
_OF_SINGLES = 0.3
"""The penalty "auto" where every class has one sample, so that nothing is left of a class without it."""


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
    """

    penalty: Auto | Positive = "auto"
    _chosen = ("scale", "penalty")

    def _choose(self, task: Task) -> Point:
        if self.penalty != "auto":
            return {"penalty": float(self.penalty)}
        rows = task.shared()
        if not rows.any():
            return {"penalty": _OF_SINGLES}
        tables = left_out(task.samples, task.codes, task.texts, PENALTIES)
        return {"penalty": PENALTIES[likeliest([table[rows] for table in tables], task.codes[rows])]}

    def _solve(self, task: Task, point: Point) -> KernelResidual:
        return KernelResidual.fit(task.samples, task.codes, task.texts, scale=point["scale"], penalty=point["penalty"])


@parameters
class BlendedProbeClassifier(JointSpaceClassifier):
    r"""Linear probe that blends class texts with learned prototypes, without a learning rate (LP++).

    In the style of Y. Huang, F. Shakeri, J. Dolz, M. Boudiaf, H. Bahig and I. Ben Ayed, "LP++: A Surprisingly Strong
    Linear Probe for Few-Shot CLIP", 2024, arXiv:2404.02285; see `zsl.methods.joint.blended_probe.BlendedProbe` for the
    formula and departures from the paper. Nothing is chosen but the scale.

    Parameters
    ----------
    n_steps : int
        Steps of descent, which alone keep the probe near its start; as many as in the paper.

    See Also
    --------
    AnchoredProbeClassifier : A penalty keeps the probe near the texts.
    """

    n_steps: Whole = 300
    _chosen = ("scale", "n_steps")

    def _choose(self, task: Task) -> Point:
        return {"n_steps": int(self.n_steps)}

    def _solve(self, task: Task, point: Point) -> BlendedProbe:
        return BlendedProbe.fit(task.samples, task.codes, task.texts, scale=point["scale"], n_steps=point["n_steps"])


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
    """

    penalty: Positive = 1.0
    _chosen = ("scale", "penalty")

    def _choose(self, task: Task) -> Point:
        return {"penalty": float(self.penalty)}

    def _solve(self, task: Task, point: Point) -> AnchoredProbe:
        return AnchoredProbe.fit(task.samples, task.codes, task.texts, scale=point["scale"], penalty=point["penalty"])
