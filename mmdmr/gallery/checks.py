"""Checks that every kind of gallery makes: the model, and a query."""

from typing import Any

import numpy as np

from mmdmr.errors import InputError
from mmdmr.structures import ModelInfo

#: Length of an embedding, at most.
_LONGEST = 2**20


def read_model(content: Any) -> ModelInfo:
    """Make the description of a model from what a gallery stores of it.

    Args:
        content (Any): Mapping of the fields of :class:`ModelInfo`.

    Returns:
        ModelInfo: The description.

    Raises:
        TypeError: The content is no such mapping.
        ValueError: A field is of another type.

    Example:
        >>> read_model(dict(name='a.onnx', fingerprint='ab12', dim=512)).dim
        512
    """
    model = ModelInfo(**content)
    texts = (model.name, model.fingerprint, model.trained_on)
    if not all(isinstance(text, str) for text in texts) or (
        type(model.dim) is not int or model.dim > _LONGEST
    ):
        raise ValueError(f'it is {model!r}')
    return model


def check_same_model(
    address: str, stored: ModelInfo, model: ModelInfo
) -> None:
    """Check that embeddings of two models can be compared.

    Args:
        address (str): Address of the gallery, for the message.
        stored (ModelInfo): Model that the gallery was made by.
        model (ModelInfo): Model that will make queries or add persons.

    Raises:
        InputError: The models differ.
    """
    if (model.fingerprint, model.dim) != (stored.fingerprint, stored.dim):
        raise InputError(
            f'{address}: the gallery was made by the model '
            f'{stored.name} ({stored.fingerprint[:12]}, length '
            f'{stored.dim}), not by {model.name} '
            f'({model.fingerprint[:12]}, length {model.dim}); their '
            'embeddings cannot be compared. Use the former model, or '
            'index into a new gallery'
        )


def check_search(feats: np.ndarray, dim: int, top_k: int) -> None:
    """Check the arguments of a search.

    Args:
        feats (np.ndarray): Queries.
        dim (int): Length of the embeddings of the gallery.
        top_k (int): Number of persons of each query.

    Raises:
        InputError: The queries are not (q, dim), or ``top_k`` is below 1.
    """
    shape = np.shape(feats)
    if len(shape) != 2 or shape[1] != dim:
        raise InputError(
            f'queries must have shape (number, {dim}), not {shape}'
        )
    if top_k < 1:
        raise InputError(f'top_k must be 1 or more, not {top_k}')
