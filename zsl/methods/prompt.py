"""Zero-shot classification in a joint space of texts and images, by the cosine to the prompts of a class."""

from typing import final

from torch import Tensor

from zsl._typing import Float
from zsl.functional.scores.distances import unit
from zsl.functional.scores.nearness import Measure
from zsl.methods.compatibility import CompatibilityMethod


@final
class PromptCosines(CompatibilityMethod):
    r"""Score an image by its cosine to the mean vector of the prompts of a class. Nothing is learned.

    A. Radford et al., "Learning Transferable Visual Models From Natural Language Supervision", 2021, arXiv:2103.00020.
    Images and texts come from the two encoders of one model, which was trained to bring an image near its caption. With
    the embedded image :math:`x` and the embedded prompts :math:`t_{c1}, \dots, t_{cm}` of class c, as "a photo of a
    zebra",

    .. math::

        g(x, c) = \langle u(x), u(s_c) \rangle, \qquad s_c = \frac{1}{m} \sum_k u(t_{ck}), \qquad u(v) = v / \|v\|

    where the mean over the prompts is taken beforehand, by `zsl.encoders.TextEncoder` or `zsl.Semantics.from_texts`.

    Where we depart from the paper: a class may have images, too. Its point is then the mean of :math:`u(s_c)` and the
    images of length 1, weighted as the estimator says.
    """

    measure: Measure = "cosine"

    def embed(self, X: Float[Tensor, "image feature"]) -> Float[Tensor, "image feature"]:
        """Bring images to length 1.

        Parameters
        ----------
        X : Tensor of shape (image, feature)
            Features in the joint space.

        Returns
        -------
        Tensor of shape (image, feature)
            Images of length 1.
        """
        return unit(X)

    def represent(self, S: Float[Tensor, "class feature"]) -> Float[Tensor, "class feature"]:
        """Bring the mean prompts of classes to length 1.

        Parameters
        ----------
        S : Tensor of shape (class, feature)
            Means of the prompts of each class, in the joint space.

        Returns
        -------
        Tensor of shape (class, feature)
            Classes of length 1.
        """
        return unit(S)

    def compare(
        self, embedded: Float[Tensor, "image feature"], represented: Float[Tensor, "class feature"]
    ) -> Float[Tensor, "image class"]:
        """Compute cosines.

        Parameters
        ----------
        embedded : Tensor of shape (image, feature)
            Images of length 1.
        represented : Tensor of shape (class, feature)
            Classes, of any length.

        Returns
        -------
        Tensor of shape (image, class)
            Cosines, in [-1, 1].
        """
        return embedded @ unit(represented).T
