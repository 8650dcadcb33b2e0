"""The processor, as Linux describes it."""

import platform
import re
from pathlib import Path

#: Linux's description of the processors.
CPUINFO = Path('/proc/cpuinfo')
# Flags in Linux's list: Intel and AMD name the unit, ARM the type alone.
_BFLOAT16 = re.compile(r'\b(amx_bf16|avx512_bf16|bf16)\b')


def cpu_name() -> str:
    """Name of the processor.

    Returns:
        str: Name in Linux's description; elsewhere, what Python tells.
    """
    if CPUINFO.exists():
        for line in CPUINFO.read_text('utf-8').splitlines():
            if line.startswith('model name'):
                return line.partition(':')[2].strip()
    return platform.processor() or platform.machine()


def bfloat16_instructions(cpuinfo: Path = CPUINFO) -> list[str]:
    """Instructions of the processor for bfloat16.

    Args:
        cpuinfo (Path): Linux's description of the CPU. Defaults to
            ``/proc/cpuinfo``.

    Returns:
        list[str]: Some of ``amx_bf16``, ``avx512_bf16`` and ``bf16`` (ARM);
        none without a description.

    Example:
        >>> bfloat16_instructions(Path('no_such_file'))
        []
    """
    if not cpuinfo.is_file():
        return []
    return sorted(set(_BFLOAT16.findall(cpuinfo.read_text('utf-8'))))
