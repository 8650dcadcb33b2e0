"""The description of a model that makes embeddings."""

from dataclasses import dataclass

from mmdmr.errors import InputError


@dataclass(frozen=True)
class ModelInfo:
    """Name, fingerprint and training data of a model that embeds persons.

    A gallery stores the description of its model. Embeddings of two models
    cannot be compared: the fingerprints tell whether the models are the same.

    Args:
        name (str): Name for people, such as the file of the checkpoint.
        fingerprint (str): Hexadecimal digest of everything that changes an
            embedding, such as weights and preprocessing. Equal digests mean
            equal embeddings.
        dim (int): Length D of an embedding, at least 1.
        trained_on (str): Data that the embedding was trained on, such as
            ``MSMT17``; '' if unknown.

    Raises:
        InputError: ``dim`` or the fingerprint is no such value.

    Example:
        >>> model = ModelInfo('osnet.onnx', 'ab12', 512, 'MSMT17')
        >>> model.dim, str(model)
        (512, 'osnet.onnx, trained on MSMT17')
    """

    name: str
    fingerprint: str
    dim: int
    trained_on: str = ''

    def __post_init__(self) -> None:
        if self.dim < 1 or not self.fingerprint:
            raise InputError(
                f'{self.name}: a model needs a fingerprint and embeddings of '
                f'length 1 or more, not {self.fingerprint!r} and {self.dim}'
            )

    def __str__(self) -> str:
        return f'{self.name}, trained on {self.trained_on or "unknown data"}'
