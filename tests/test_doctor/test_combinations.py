"""Combinations that do not work are found before an error shows."""

from dataclasses import replace

import pytest

from mmdmr.doctor.combinations import COMBINATIONS, find_combinations
from mmdmr.doctor.facts import Facts, Gpu, Machine, TorchFacts

GOOD = {
    'torch': '2.13.0',
    'torchvision': '0.28.0',
    'onedl-mmcv': '2.3.6',
    'onedl-mmengine': '0.10.12',
    'onedl-mmdetection': '3.5.1',
    'onedl-mim': '0.5.1',
    'opencv-python': '4.12.0.88',
    'opencv-python-headless': '4.12.0.88',
    'onnxruntime': '1.32.0',
}
UPSTREAM = {'mmcv': '2.1.0', 'mmengine': '0.10.7', 'mmdet': '3.3.0'}
H100 = Gpu('H100', 80 * 2**30, (9, 0))
ARCHS = ('sm_80', 'sm_90', 'compute_90')


def facts(machine=None, torch=None, **packages):
    packages = {k.replace('_', '-'): v for k, v in packages.items()}
    return Facts(
        packages={**GOOD, **packages},
        torch=torch or TorchFacts(),
        machine=Machine(**(machine or {})),
    )


def upstream(**packages):
    return Facts(packages={**UPSTREAM, **packages})


def gpu(capability, archs=ARCHS):
    build = TorchFacts('CUDA 12.8', (H100._replace(capability=capability),))
    return facts(torch=replace(build, archs=archs))


#: An environment, a part of the text, and a part of the cure.
BAD = [
    (facts(mmcv='2.1.0'), 'both families', 'uninstall -y onedl-mmcv'),
    (facts(mmdet='3.3.0'), 'both families', 'onedl-mmdetection mmdet &&'),
    (facts(mmcv_lite='2.1.0'), 'mmcv-lite is', '-y mmcv-lite onedl-mmcv &&'),
    (upstream(**{'mmcv-full': '1.7.2'}), 'mmcv-full is', "'mmcv>=2.1.0,<2.2'"),
    (upstream(mmcv='2.2.0'), 'mmcv 2.2.0 (mmdmr needs <2.2)', 'mmcv>=2.1.0'),
    (facts(dict(driver='550.54')), 'NVIDIA driver (550.54)', 'for your CUDA'),
    (
        facts(torch=TorchFacts('CUDA 12.8', gpu_error='RuntimeError: none')),
        *('no NVIDIA driver', '--gpus all'),
    ),
    (
        facts(
            dict(driver='470.1'),
            TorchFacts('CUDA 12.8', gpu_error='RuntimeError: too old'),
        ),
        *('RuntimeError: too old', 'update its driver'),
    ),
    (
        facts(
            dict(driver='550.54', visible_gpus=''),
            TorchFacts('CUDA 12.8', gpu_error='RuntimeError: none'),
        ),
        *('CUDA_VISIBLE_DEVICES hides', 'make it visible'),
    ),
    (gpu((12, 0), ('sm_80', 'sm_90')), 'no code for H100', 'for this GPU'),
    (gpu((7, 0)), 'compute capability 7.0', 'for this GPU'),
    (
        facts(torchvision='0.27.1'),
        'torchvision 0.27.1',
        "'torchvision==0.28.*",
    ),
    (
        facts(opencv_python='4.13.0'),
        *('several versions', 'uninstall -y opencv-python-headless opencv'),
    ),
    (facts(onnxruntime_gpu='1.32'), 'share a folder', 'onnxruntime-gpu'),
    (
        upstream(**{'onedl-mim': '0.5.1'}),
        *('onedl-mim belongs to the other', '&& pip install openmim'),
    ),
    (
        Facts(packages={'onedl-mmcv': '2.3.6', 'openmim': '0.3.9'}),
        *('openmim belongs to the other', '&& pip install onedl-mim'),
    ),
    (
        Facts(packages={'torch': '2.9.1+cpu'}),
        *('PyTorch 2.9.1+cpu can be made to run code', 'torch>=2.10'),
    ),
    (
        upstream(torch='2.6.0'),
        *('refuses pickled objects', 'TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD=1'),
    ),
]


@pytest.mark.parametrize('facts, text, cure', BAD)
def test_found_with_its_cure(facts, text, cure):
    found = find_combinations(facts)
    assert any(
        text in finding.text and cure in finding.command + finding.advice
        for finding in found
    ), found


def test_every_combination_has_an_example():
    for row in COMBINATIONS:
        assert any(row.find(example[0]) for example in BAD), row.find


@pytest.mark.parametrize(
    'facts',
    [
        facts(),
        Facts(),
        upstream(openmim='0.3.9'),
        Facts(packages={'torch': '2.10.0'}),
        # A GPU runs code of its generation, and PTX of an older one.
        gpu((9, 0)),
        gpu((8, 9)),
        gpu((12, 0)),
        gpu((9, 0), ('sm_90a',)),
        gpu((9, 0), ('gfx90a',)),
        facts(torchvision='0.28.1+cu128'),
        facts(dict(driver='550.54'), TorchFacts('CUDA 12.8', (H100,), ARCHS)),
    ],
)
def test_nothing_is_wrong_with_a_good_environment(facts):
    assert find_combinations(facts) == []
