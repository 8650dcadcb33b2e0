"""What the doctor knows about an environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from mmdmr.stack import FAMILIES, distribution_of


class Gpu(NamedTuple):
    """A GPU that PyTorch can use.

    Args:
        name (str): Name.
        memory (int): Memory in bytes.
        capability (tuple[int, int]): Compute capability, such as (9, 0).
    """

    name: str
    memory: int
    capability: tuple[int, int]


@dataclass(frozen=True)
class TorchFacts:
    """What PyTorch tells about itself.

    Args:
        build (str): ``CPU``, ``CUDA 12.8``, ``ROCm 6.4`` or ``MPS``. Defaults
            to 'CPU'.
        gpus (tuple[Gpu, ...]): GPUs that can be used. Defaults to none.
        archs (tuple[str, ...]): GPUs that the build has code for, such as
            ``sm_90``. Defaults to none.
        gpu_error (str): Why a build for GPUs can use none. Defaults to ''.
        threads (int): Threads of an operation. Defaults to 1.
    """

    build: str = 'CPU'
    gpus: tuple[Gpu, ...] = ()
    archs: tuple[str, ...] = ()
    gpu_error: str = ''
    threads: int = 1


@dataclass(frozen=True)
class Machine:
    """The machine and the limits of this process.

    Args:
        system (str): Operating system and architecture.
        cpu (str): Name of the processor. Defaults to 'a CPU'.
        bfloat16 (tuple[str, ...]): Instructions for bfloat16. Defaults to
            none.
        cores (int): Cores that the process may use. Defaults to 1.
        quota (float | None): Cores that a container may keep busy. Defaults
            to None: all.
        omp_threads (str | None): ``OMP_NUM_THREADS``. Defaults to None:
            unset.
        memory (int | None): Memory in bytes. Defaults to None: unknown.
        available (int | None): Memory that is free, in bytes. Defaults to
            None: unknown.
        shared (int | None): Shared memory (``/dev/shm``) in bytes. Defaults
            to None: unknown.
        folder (str): Working folder. Defaults to '.'.
        disk (int | None): Free space in the working folder, in bytes.
            Defaults to None: unknown.
        writable (bool): True if the working folder can be written to.
            Defaults to True.
        open_files (int | None): Files that the process may open. Defaults to
            None: unknown.
        encoding (str): Encoding of texts. Defaults to 'utf-8'.
        driver (str | None): Version of the NVIDIA driver. Defaults to None:
            there is none.
        visible_gpus (str | None): ``CUDA_VISIBLE_DEVICES``. Defaults to None:
            unset.
    """

    system: str = 'Linux x86_64'
    cpu: str = 'a CPU'
    bfloat16: tuple[str, ...] = ()
    cores: int = 1
    quota: float | None = None
    omp_threads: str | None = None
    memory: int | None = None
    available: int | None = None
    shared: int | None = None
    folder: str = '.'
    disk: int | None = None
    writable: bool = True
    open_files: int | None = None
    encoding: str = 'utf-8'
    driver: str | None = None
    visible_gpus: str | None = None


@dataclass(frozen=True)
class Facts:
    """What the checks look at.

    Args:
        python (tuple[int, int, int]): Version of Python. Defaults to
            (3, 11, 0).
        executable (str): Path of Python. Defaults to 'python'.
        version (str): Version of mmdmr. Defaults to '0'.
        folder (str): Folder that mmdmr is imported from. Defaults to ''.
        editable (bool): True if mmdmr is imported from its source tree.
            Defaults to False.
        packages (Mapping[str, str]): Versions of installed distributions, by
            their normalised names. Defaults to none.
        extras (Mapping[str, Mapping[str, str]]): Requirements of mmdmr's
            extras: versions, such as ``>=1.12``, by distribution. Defaults to
            none.
        imports (Mapping[str, str]): Errors of importing modules, by module;
            '' for a module that can be imported. Modules that are not
            installed are missing. Defaults to none.
        places (Mapping[str, str]): Files or folders of modules. Defaults to
            none.
        torch (TorchFacts | None): PyTorch, if it can be imported. Defaults to
            None.
        operators (Mapping[str, str]): Errors of a suppression (NMS) by mmcv's
            operators, by device, ``cpu`` or ``cuda``; '' if it worked.
            Defaults to none.
        providers (tuple[str, ...]): Execution providers of ONNX Runtime.
            Defaults to none.
        ran_network (bool): True if ONNX Runtime ran a network correctly.
            Defaults to False.
        machine (Machine): The machine.
    """

    python: tuple[int, int, int] = (3, 11, 0)
    executable: str = 'python'
    version: str = '0'
    folder: str = ''
    editable: bool = False
    packages: Mapping[str, str] = field(default_factory=dict)
    extras: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    imports: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)
    torch: TorchFacts | None = None
    operators: Mapping[str, str] = field(default_factory=dict)
    providers: tuple[str, ...] = ()
    ran_network: bool = False
    machine: Machine = field(default_factory=Machine)

    def families(self) -> list[str]:
        """Families of OpenMMLab libraries of which any part is installed.

        Returns:
            list[str]: Keys of :data:`mmdmr.stack.FAMILIES`.

        Example:
            >>> Facts(packages={'mmdet': '3.3.0'}).families()
            ['openmmlab']
        """
        return [
            family
            for family, requirements in FAMILIES.items()
            if any(
                distribution_of(requirement) in self.packages
                for requirement in requirements.values()
            )
        ]

    def requirements(self) -> dict[str, str]:
        """Requirements of the family that is installed.

        Returns:
            dict[str, str]: Requirements by module, of the suggested family if
            none is installed.

        Example:
            >>> Facts(packages={'mmdet': '3.3.0'}).requirements()['mmcv']
            'mmcv>=2.1.0,<2.2'
        """
        family = (*self.families(), *FAMILIES)[0]
        return FAMILIES[family]
