"""Networks in ONNX files, run by ONNX Runtime and checked beforehand."""

from collections.abc import Sequence

import numpy as np
import onnxruntime

from mmdmr.errors import InputError

from .description import InputSettings
from .sessions import CPU, Provider, open_session, run_session

_TYPES = {
    'float32': 'tensor(float)',
    'float16': 'tensor(float16)',
    'uint8': 'tensor(uint8)',
}


class Network:
    """A network of one input that is an image.

    Args:
        file (str): ONNX file.
        settings (InputSettings): Input as the description has it.
        batch (int): Greatest number of images in a run, if the network leaves
            it open.
        threads (int | None): Threads of a run. Defaults to None: as many as
            ONNX Runtime finds cores.
        providers (Sequence[str | tuple[str, dict]]): Execution providers of
            ONNX Runtime. Defaults to the CPU.

    Attributes:
        file (str): ONNX file.
        batch (int): Greatest number of images that :meth:`run` takes.
        outputs (list[str]): Names of all outputs.

    Raises:
        FileNotFoundError: The file is missing.
        InputError: The file is no ONNX network, or its input is not that of
            the description, or a provider is unknown.
    """

    def __init__(
        self,
        file: str,
        settings: InputSettings,
        batch: int,
        threads: int | None = None,
        providers: Sequence[Provider] = CPU,
    ) -> None:
        self.file = file
        self._session = open_session(file, threads, providers)
        (self._input, *others) = self._session.get_inputs()
        if others:
            raise InputError(
                f'{file}: a network must have one input, an image, but this '
                f'one has {", ".join(i.name for i in (self._input, *others))}'
            )
        self.outputs = [item.name for item in self._session.get_outputs()]
        fixed = _check_input(file, self._input, settings)
        # A network for n images at a time is always given n images.
        self._fixed = fixed
        self.batch = fixed or batch

    def check_outputs(self, names: Sequence[str]) -> None:
        """Check that the network has outputs of some names.

        Args:
            names (Sequence[str]): The names.

        Raises:
            InputError: The network has no output of a name.
        """
        for name in names:
            if name not in self.outputs:
                raise InputError(
                    f'{self.file}: the network has no output {name}; its '
                    f'outputs are {", ".join(self.outputs)}'
                )

    def run_size(self, num: int) -> int:
        """Number of images that the outputs of :meth:`run` are for.

        Args:
            num (int): Number of images given to it.

        Returns:
            int: The same, or the number that the network is made for.
        """
        return self._fixed or num

    def run(
        self, inputs: np.ndarray, names: Sequence[str]
    ) -> list[np.ndarray]:
        """Run the network.

        Args:
            inputs (np.ndarray): Input of n images, 1 <= n <= ``batch``.
            names (Sequence[str]): Names of the outputs to return.

        Returns:
            list[np.ndarray]: The outputs. A network for more than n images at
            a time gives results for as many; the first n are those of the
            images.

        Raises:
            InputError: The network fails.
        """
        if self._fixed and len(inputs) < self._fixed:
            missing = self._fixed - len(inputs)
            inputs = np.concatenate(
                [inputs, np.zeros((missing, *inputs.shape[1:]), inputs.dtype)]
            )
        return run_session(
            self._session, self.file, {self._input.name: inputs}, names
        )


def _check_input(
    file: str, given: onnxruntime.NodeArg, settings: InputSettings
) -> int | None:
    """Compare the input with the description.

    Returns:
        int | None: Number of images that a run takes; None if it is open.
    """
    wanted = _TYPES[settings.dtype]
    if given.type != wanted:
        raise InputError(
            f'{file}: the input {given.name} is of type {given.type}, but the '
            f'description says dtype: {settings.dtype}, {wanted}'
        )
    width, height = settings.size
    axes = {'h': height, 'w': width, 'c': 3}
    sizes = [axes[axis] for axis in settings.layout[1:]]
    # An axis of any size has a name, or None.
    if len(given.shape) != 4 or any(
        isinstance(have, int) and have != want
        for have, want in zip(given.shape[1:], sizes)
    ):
        raise InputError(
            f'{file}: the input {given.name} has the shape {given.shape}, but '
            f'the description says ({", ".join(map(str, ["n", *sizes]))}), '
            f'layout {settings.layout} of size {[width, height]} (width, '
            'height)'
        )
    num = given.shape[0]
    return num if isinstance(num, int) and num > 0 else None
