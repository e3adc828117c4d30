"""Strings, which Triton has as bytes and ONNX Runtime as text."""

import numpy as np

from pairstream_backends.errors import RequestError
from pairstream_backends.tensors import Array


def to_text(name: str, values: Array) -> Array:
    """Decode an array of bytes. Raises RequestError for bytes that are no UTF-8."""
    flat = values.reshape(-1)
    texts = np.empty(flat.shape, dtype=np.object_)
    for index, value in enumerate(flat):
        try:
            texts[index] = value.decode("utf-8")
        except UnicodeDecodeError:
            raise RequestError(f"input {name}, element {index}, is {value!r}, expected UTF-8") from None
    return texts.reshape(values.shape)


def to_bytes(texts: Array) -> Array:
    """Encode an array of text."""
    values = np.empty(texts.size, dtype=np.object_)
    for index, text in enumerate(texts.reshape(-1)):
        values[index] = text.encode("utf-8")
    return values.reshape(texts.shape)
