"""ONNX files opened and run by ONNX Runtime, with readable errors."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnxruntime

from mmdmr.errors import InputError

#: An execution provider by its name, or with its options.
Provider = str | tuple[str, dict]
#: Runs everywhere, and gives the same results everywhere.
CPU: tuple[Provider, ...] = ('CPUExecutionProvider',)
#: Errors above warnings: ONNX Runtime warns of details of the file.
_ERRORS_ONLY = 3
_SPINNING = 'session.intra_op.allow_spinning'


def open_session(
    file: str,
    threads: int | None = None,
    providers: Sequence[Provider] = CPU,
) -> onnxruntime.InferenceSession:
    """Open an ONNX file.

    Args:
        file (str): ONNX file.
        threads (int | None): Threads of a run. Defaults to None: as many as
            ONNX Runtime finds cores.
        providers (Sequence[str | tuple[str, dict]]): Execution providers of
            ONNX Runtime. Defaults to the CPU.

    Returns:
        onnxruntime.InferenceSession: The network, ready to run.

    Raises:
        FileNotFoundError: The file is missing.
        InputError: The file is no ONNX network, a provider is unknown or
            cannot be opened, or the number of threads is below 1.
    """
    if not Path(file).is_file():
        raise FileNotFoundError(f'network {file} does not exist')
    available = onnxruntime.get_available_providers()
    for name in _names(providers):
        if name not in available:
            raise InputError(
                f'this ONNX Runtime has no provider {name}; it has '
                f'{", ".join(available)}'
            )
    options = onnxruntime.SessionOptions()
    options.log_severity_level = _ERRORS_ONLY
    # Threads that wait in a loop take the cores from the decoding of images
    # and from the other networks of a model, which run in turn.
    options.add_session_config_entry(_SPINNING, '0')
    if threads is not None:
        if threads < 1:
            raise InputError(f'threads must be at least 1, not {threads}')
        options.intra_op_num_threads = threads
    try:
        session = onnxruntime.InferenceSession(
            file, options, providers=list(providers)
        )
    except Exception as error:  # those of ONNX Runtime have no base class
        if 'External data path' in str(error):
            raise InputError(
                f'{file}: the network keeps data outside of its folder, '
                f'which is not read: {_first_line(error)}; save the network '
                'as one file'
            ) from error
        raise InputError(
            f'{file}: not a network that ONNX Runtime can load, or cut short: '
            f'{_first_line(error)}'
        ) from error
    # ONNX Runtime falls back to the CPU without an error, as when the
    # libraries of a GPU are missing.
    opened = session.get_providers()
    for name in _names(providers):
        if name not in opened:
            raise InputError(
                f'provider {name} cannot be opened; {file} would run on '
                f'{", ".join(opened)}'
            )
    return session


def run_session(
    session: onnxruntime.InferenceSession,
    file: str,
    inputs: Mapping[str, np.ndarray],
    names: Sequence[str],
) -> list[np.ndarray]:
    """Run a network.

    Args:
        session (onnxruntime.InferenceSession): The network.
        file (str): Its file, for messages.
        inputs (Mapping[str, np.ndarray]): Arrays by the names of the inputs.
        names (Sequence[str]): Names of the outputs to return.

    Returns:
        list[np.ndarray]: The outputs.

    Raises:
        InputError: The network fails.
    """
    try:
        return session.run(list(names), dict(inputs))
    except Exception as error:  # those of ONNX Runtime have no base class
        shapes = ', '.join(str(array.shape) for array in inputs.values())
        raise InputError(
            f'{file}: the network fails on an input of shape {shapes}: '
            f'{_first_line(error)}'
        ) from error


class Graph:
    """A network of several named inputs and outputs, of a bundle.

    Args:
        file (str): ONNX file.
        inputs (Sequence[str]): Names of all inputs.
        outputs (Sequence[str]): Names of all outputs.
        threads (int | None): Threads of a run. Defaults to None: as many as
            ONNX Runtime finds cores.
        providers (Sequence[str | tuple[str, dict]]): Execution providers of
            ONNX Runtime. Defaults to the CPU.

    Attributes:
        file (str): ONNX file.

    Raises:
        FileNotFoundError: The file is missing.
        InputError: The file is no ONNX network, has other inputs or outputs,
            or a provider cannot be opened.
    """

    def __init__(
        self,
        file: str,
        inputs: Sequence[str],
        outputs: Sequence[str],
        threads: int | None = None,
        providers: Sequence[Provider] = CPU,
    ) -> None:
        self.file = file
        self._outputs = list(outputs)
        self._session = open_session(file, threads, providers)
        for kind, wanted, given in (
            ('inputs', inputs, self._session.get_inputs()),
            ('outputs', outputs, self._session.get_outputs()),
        ):
            names = [item.name for item in given]
            if set(names) != set(wanted):
                raise InputError(
                    f'{file}: the {kind} are {", ".join(names)}, but the '
                    f'bundle says {", ".join(wanted)}; export the bundle again'
                )

    def run(self, inputs: Mapping[str, np.ndarray]) -> list[np.ndarray]:
        """Run the network.

        Args:
            inputs (Mapping[str, np.ndarray]): Arrays by the names of the
                inputs.

        Returns:
            list[np.ndarray]: All outputs, in the order of ``outputs``.

        Raises:
            InputError: The network fails.
        """
        return run_session(self._session, self.file, inputs, self._outputs)


def _names(providers: Sequence[Provider]) -> list[str]:
    return [p if isinstance(p, str) else p[0] for p in providers]


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
