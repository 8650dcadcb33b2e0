"""Facts about this environment."""

import subprocess
import sys
from importlib import metadata
from pathlib import Path

import mmdmr
from mmdmr.doctor import gathering
from mmdmr.doctor.child import Answer
from mmdmr.doctor.facts import Gpu, TorchFacts


def test_packages_have_normalised_names():
    packages = gathering._packages()
    assert packages['numpy'] == metadata.version('numpy')
    assert packages['faiss-cpu'] == metadata.version('faiss-cpu')
    assert all(name == name.lower() for name in packages)


def test_extras_are_those_of_the_metadata():
    extras = gathering._extras()
    assert extras['search']['faiss-cpu'] == '>=1.12'
    assert extras['search']['onnxruntime'] == ''
    assert set(extras['ray']) == {'ray'}
    assert 'numpy' not in extras['search']


def test_torch_as_a_child_tells_it():
    value = dict(
        build='CUDA 12.8',
        threads=4,
        archs=['sm_90'],
        gpus=[['H100', 80, [9, 0]]],
    )
    assert gathering._torch({'torch': Answer('', value)}) == TorchFacts(
        'CUDA 12.8', (Gpu('H100', 80, (9, 0)),), ('sm_90',), '', 4
    )
    assert gathering._torch({'torch': Answer('OSError: x')}) is None


def test_places():
    places = gathering._places()
    assert Path(places['torch']).parts[-2:] == ('torch', '__init__.py')


def test_the_doctor_starts_where_nothing_can_be_imported(tmp_path):
    """Broken libraries, and a PyTorch that is too old."""
    for name in ('numpy', 'scipy', 'torch', 'mmcv', 'cv2'):
        (tmp_path / name).mkdir()
        (tmp_path / name / '__init__.py').write_text(
            'raise OSError("lib: undefined symbol")'
        )
    dist = tmp_path / 'torch-2.1.0.dist-info'
    dist.mkdir()
    (dist / 'METADATA').write_text('Name: torch\nVersion: 2.1.0\n')
    program = (
        'import sys\n'
        f'sys.path.insert(0, {str(tmp_path)!r})\n'
        'sys.argv = ["mmdmr", "doctor"]\n'
        'from mmdmr.cli.main import main\n'
        'from mmdmr.cli.commands import doctor\n'
        # Nothing else is looked at.
        'doctor.gather.__globals__["OTHERS"] = ("numpy", "cv2")\n'
        'sys.exit(main(["doctor", "--no-self-test"]))'
    )
    run = subprocess.run(
        [sys.executable, '-c', program],
        env={'PYTHONPATH': f'{tmp_path}:{Path(mmdmr.__file__).parents[1]}'},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 1, run.stderr
    assert 'too old: torch 2.1.0' in run.stdout
    assert "pip install 'torch>=2.4'" in run.stdout
    for name in ('numpy', 'torch', 'cv2'):
        assert f'problem  {name} does not work: OSError' in run.stdout
    assert 'Traceback' not in run.stderr
