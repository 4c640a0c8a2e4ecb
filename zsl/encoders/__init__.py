"""Encoders of texts and images; the libraries behind them are imported only when used."""

from zsl.encoders.images._encoding import EncodedImages
from zsl.encoders.images.image import ImageEncoder
from zsl.encoders.text import DEFAULT_TEXT_ENCODER, SentenceEncoder, encode_texts
from zsl.encoders.text_encoder import TextEncoder
from zsl.encoders.word_vectors import WordVectors

__all__ = [
    "DEFAULT_TEXT_ENCODER",
    "EncodedImages",
    "ImageEncoder",
    "SentenceEncoder",
    "TextEncoder",
    "WordVectors",
    "encode_texts",
]
