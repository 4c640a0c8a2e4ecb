"""Zero-shot classification in a joint space of samples and texts, by the cosine to the prompts of a class."""

from typing import final

from torch import Tensor

from zsl._typing import Float
from zsl.functional.scores.distances import Measure, unit
from zsl.methods.compatibility import CompatibilityMethod
from zsl.methods.shapes import Samples


@final
class PromptCosines(CompatibilityMethod):
    r"""Score a sample by its cosine to the mean vector of the prompts of a class. Nothing is learned.

    A. Radford et al., "Learning Transferable Visual Models From Natural Language Supervision", 2021, arXiv:2103.00020.
    Images and texts come from the two encoders of one model, which was trained to bring an image near its caption. With
    the embedded sample :math:`x` and the embedded prompts :math:`t_{c1}, \dots, t_{cm}` of class c, as "a photo of a
    zebra",

    .. math::

        g(x, c) = \langle u(x), u(s_c) \rangle, \qquad s_c = \frac{1}{m} \sum_k u(t_{ck}), \qquad u(v) = v / \|v\|

    where the mean over the prompts is taken beforehand, by `zsl.encoders.TextEncoder` or `zsl.Semantics.from_texts`.

    Departures from the paper: samples and prompts may come from any joint space, not only of images and texts; and a
    class may have support samples, too. Its point is then the mean of :math:`u(s_c)` and the support at length 1,
    weighted by the estimator.
    """

    measure: Measure = "cosine"
    single = True

    def embed(self, X: Samples) -> Samples:
        """Bring samples to length 1; see `CompatibilityMethod.embed`."""
        return unit(X)

    def represent(self, S: Float[Tensor, "class feature"]) -> Float[Tensor, "class feature"]:
        """Bring the mean prompts of classes to length 1; see `CompatibilityMethod.represent`."""
        return unit(S)

    def prepared(self, represented: Float[Tensor, "class feature"]) -> Float[Tensor, "class feature"]:
        """Bring represented classes, of any length, to length 1, so that scores are cosines, in [-1, 1]."""
        return unit(represented)
