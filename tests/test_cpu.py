"""The processor, by Linux's description."""

import pytest

from mmdmr import cpu
from mmdmr.cpu import bfloat16_instructions, cpu_name


@pytest.mark.parametrize(
    'flags, found',
    [
        ('fpu avx512_bf16 amx_bf16 amx_tile', ['amx_bf16', 'avx512_bf16']),
        ('fp asimd bf16', ['bf16']),
        ('fpu avx2', []),
        ('xbf16x', []),
    ],
)
def test_instructions(tmp_path, flags, found):
    (tmp_path / 'cpuinfo').write_text(f'flags\t: {flags}\n' * 2)
    assert bfloat16_instructions(tmp_path / 'cpuinfo') == found


def test_name(tmp_path, monkeypatch):
    path = tmp_path / 'cpuinfo'
    monkeypatch.setattr(cpu, 'CPUINFO', path)
    assert cpu_name()  # Python tells something
    path.write_text('processor\t: 0\nmodel name\t: ZX Spectrum: 48K\n')
    assert cpu_name() == 'ZX Spectrum: 48K'
