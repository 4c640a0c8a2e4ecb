"""Feature vectors of images, by a named model, a local folder, an object that encodes or a torch module."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any, Literal

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

from zsl._device import as_device
from zsl._typing import FloatArray
from zsl.encoders._names import NamedFeatures
from zsl.encoders.images._encoding import EncodedImages, encode_items
from zsl.encoders.images._files import MAX_PIXELS
from zsl.encoders.images._inputs import as_items
from zsl.encoders.images._lite0 import LITE0
from zsl.encoders.images._models import ImageModel, find_model
from zsl.encoders.images._pooling import POOLINGS
from zsl.exceptions import InvalidInputError


@dataclass(eq=False, repr=False)
class ImageEncoder(NamedFeatures, TransformerMixin, BaseEstimator):
    """Encode images as features: the first step of a pipeline whose X are paths, images or arrays of pixels.

    The default model is EfficientNet-Lite0 [1]_ in its Lite variant (ReLU6, no squeeze-and-excitation) with ImageNet
    weights, which come with the extra ``zslearn[images]``, without download. Its features are the means over the
    last feature map, 1280 numbers.

    Preprocessing for this model and for a torch module: the centre square, as after resizing the shorter side and
    cropping the centre, is resized to `image_size` × `image_size` (bicubic, antialiased where it is reduced, clamped to
    0…255) and scaled to (v − 127) / 128. Other models bring their own.

    Parameters
    ----------
    model : str, path or object, default="efficientnet-lite0"
        One of

        - ``"efficientnet-lite0"``;
        - a model of sentence-transformers that encodes images (CLIP and the like), or a vision model of transformers,
          by local folder or hub name; the hub is asked only if the model isn't on this machine;
        - an object with ``encode(list of PIL images)`` that returns shape (n, d);
        - a torch module from (n, 3, image_size, image_size) to (n, d), (n, tokens, d) or (n, d, h, w). It runs on
          the device of its parameters, in evaluation mode, and is left as it was.
    image_size : int or None, default=None
        Side of the square in pixels, 1 or more, for the first and the last kind of model. None means 224.
    pooling : {"auto", "pooler", "cls", "mean"}, default="auto"
        How tokens or a feature map become one vector: by the model's pooler, its first token, or the mean. "auto" takes
        a joint text-image space if there is one, else a pooler with trained weights, else the mean.
    batch_size : int, default=32
        Largest number of images encoded at a time; fewer if they are large, since at most 67 million pixels are held.
    on_error : {"raise", "skip"}, default="raise"
        What `encode` does about an image that can't be opened. `transform` always raises an error, since a step
        of a pipeline can't leave out rows.
    device : str or torch.device, default="auto"
        Device of named models; "auto" takes a GPU if there is one.
    max_pixels : int, default=89_478_485
        Height × width above which an image counts as one that can't be opened, before it is decoded: a small file may
        claim gigabytes. Raise it for larger images that you trust; an image takes 4 to 5 bytes per pixel. The limit
        of Pillow itself, twice ``PIL.Image.MAX_IMAGE_PIXELS`` or 178,956,970, holds as well.
    verbose : bool, default=True
        Whether to show progress.

    See Also
    --------
    TextEncoder : Encodes texts.
    encode_shards : Encodes more images than fit into memory.

    Notes
    -----
    Regular files in PNG, JPEG, WebP, GIF, BMP, TIFF or PPM, whatever their names, are opened by Pillow: the first
    frame, rotated by its EXIF data and converted to RGB without colour profiles; transparency is dropped, and 16 bits
    become 8. JPEG files of four times `image_size` or more are decoded at a fraction of their size. For other formats,
    open the file with Pillow and pass the image.

    References
    ----------
    .. [1] M. Tan and Q. Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", ICML 2019,
       arXiv:1905.11946.

    Examples
    --------
    >>> import numpy as np
    >>> class MeanColour:
    ...     def encode(self, images):
    ...         return [np.asarray(image).mean(axis=(0, 1)) for image in images]
    >>> images = np.zeros((2, 8, 8, 3), dtype=np.uint8)
    >>> images[1, :, :, 0] = 255
    >>> ImageEncoder(MeanColour(), verbose=False).fit_transform(images).tolist()
    [[0.0, 0.0, 0.0], [255.0, 0.0, 0.0]]
    """

    model: Any = LITE0
    _: KW_ONLY
    image_size: int | None = None
    pooling: Literal["auto", "pooler", "cls", "mean"] = "auto"
    batch_size: int = 32
    on_error: Literal["raise", "skip"] = "raise"
    device: Any = "auto"
    max_pixels: int = MAX_PIXELS
    verbose: bool = True

    def fit(self, X: Any, y: Any = None) -> ImageEncoder:
        """Check the parameters and the type of X; nothing is opened or learned.

        Parameters
        ----------
        X : images
            As for `transform`.
        y : ignored
            Not used.

        Returns
        -------
        ImageEncoder
            The encoder itself.

        Raises
        ------
        InvalidInputError
            If a parameter or X is invalid.
        """
        self._checked_model()
        as_items(X)
        self._width = None
        return self

    def fit_transform(self, X: Any, y: Any = None) -> FloatArray:
        """Encode all images, as `transform` does, and remember the number of columns.

        Parameters
        ----------
        X : list or array of length n
            As for `transform`.
        y : ignored
            Not used.

        Returns
        -------
        ndarray of shape (n, n_features), float32
            One row per image, in order.

        Raises
        ------
        InvalidInputError
            As for `transform`.
        MissingExtraError
            As for `transform`.
        """
        rows = self._encode(X, skip=False, verbose=self.verbose).features
        self._width = rows.shape[1]
        return rows

    def transform(self, X: Any) -> FloatArray:
        """Encode all images; one that can't be opened is an error, whatever `on_error` is.

        Parameters
        ----------
        X : list or array of length n
            Paths, as a list, array, Series or table of one column; images of Pillow, arrays of pixels of shape (h, w),
            (h, w, 3) or (3, h, w), or one array of shape (n, h, w, 3) or (n, 3, h, w). Integers range from 0 to 255,
            floats from 0 to 1.

        Returns
        -------
        ndarray of shape (n, n_features), float32
            One row per image, in order.

        Raises
        ------
        InvalidInputError
            If a parameter is invalid, an image can't be opened, or the model can't be loaded or doesn't return finite
            rows of one width.
        MissingExtraError
            If Pillow or the weights of the default model aren't installed.
        """
        return self._encode(X, skip=False, verbose=self.verbose).features

    def encode(self, X: Any) -> EncodedImages:
        """Encode the images that can be opened; ``on_error="skip"`` leaves out and lists the others.

        Parameters
        ----------
        X : list or array of length n
            As for `transform`.

        Returns
        -------
        EncodedImages
            The features, the positions of their images, and what was left out.

        Raises
        ------
        InvalidInputError
            As for `transform`, and if no image can be opened.
        MissingExtraError
            As for `transform`.
        """
        return self._encode(X, skip=self.on_error == "skip", verbose=self.verbose)

    def __call__(self, images: Any) -> FloatArray:
        """Encode a batch, as the parameter `encoder` of `read_folder` does."""
        return self._encode(images, skip=False, verbose=False).features

    def _example(self) -> FloatArray:
        return self._encode(np.full((1, 64, 64, 3), 128, dtype=np.uint8), skip=False, verbose=False).features

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.no_validation = True
        tags.input_tags.two_d_array = False
        tags.input_tags.string = True
        return tags

    def _encode(self, X: Any, *, skip: bool, verbose: bool, offset: int = 0) -> EncodedImages:
        sizes = {"batch_size": self.batch_size, "max_pixels": self.max_pixels}
        model = self._checked_model()
        self._check_mark()
        return encode_items(as_items(X), model, **sizes, skip=skip, verbose=verbose, offset=offset)

    def _checked_model(self) -> ImageModel:
        for name in ("image_size", "batch_size", "max_pixels"):
            value = getattr(self, name)
            if name == "image_size" and value is None:
                continue
            if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
                raise InvalidInputError(f"{name}={value!r}; wanted a whole number of 1 or more.")
        if self.on_error not in ("raise", "skip"):
            raise InvalidInputError(f"on_error={self.on_error!r}; wanted 'raise' or 'skip'.")
        if self.pooling not in POOLINGS:
            raise InvalidInputError(f"pooling={self.pooling!r}; wanted one of {', '.join(map(repr, POOLINGS))}.")
        return find_model(self.model, self.image_size, self.pooling, str(as_device(self.device)))
