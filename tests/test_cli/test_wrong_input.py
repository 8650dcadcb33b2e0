"""Wrong arguments and files end with code 2 and a message, in every tool."""

import csv
import json

import pytest
import torch

from mmdmr.cli.main import main

CONFIG = 'dmrnet_faster-rcnn_r18_fpn_synthetic.py'


@pytest.fixture
def places(small_data, tmp_path, monkeypatch):
    """Folder to run in, and words that stand for files in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'folder').mkdir()
    (tmp_path / 'eval_func.py').write_text('import no_such_package\n')
    (tmp_path / 'peer').mkdir()
    (tmp_path / 'peer/eval_func.py').write_text('def f(): pass\n')
    rows = {
        f'search.{name}': dict(mAP=0.9, top1=0.95) for name in ('G50', 'full')
    }
    (tmp_path / 'S.json').write_text(json.dumps(rows))
    with open(tmp_path / 'short.csv', 'w', newline='') as file:
        writer = csv.writer(file)
        writer.writerow(['query', 'ap', 'top1', 'img_name', 'x1', 'search'])
        writer.writerows([[1, 0.5, 1, 'a', 1], [2, 0.5, 0, 'a', 2]])
    torch.save(dict(state_dict=dict(a=torch.ones(1))), tmp_path / 'a.pth')
    (tmp_path / 'log.json').write_text('{"loss": 1}\n')
    cuhk = ['--dataset', 'cuhk-sysu', '--data-root']
    cuhk += [str(small_data / 'CUHK-SYSU')]
    cuhk += ['--detections', str(small_data / 'cuhk.npz')]
    return dict(CUHK=cuhk, ROOT=[str(small_data / 'CUHK-SYSU')])


@pytest.mark.parametrize(
    'words, message',
    [
        ('browse_search CUHK --protocol all', '--protocol all: name one'),
        ('browse_search CUHK --protocol foo', '--protocol foo: name numbers'),
        ('browse_search CUHK --out folder', 'is a folder'),
        ('browse_search CUHK --out .', 'is a folder'),
        ('plot_gallery_size S.json --out a.xyz', 'name a file that ends'),
        ('plot_gallery_size S.json --out folder', 'is a folder'),
        ('plot_gallery_size S.json --full-size 0', '--full-size: must be'),
        (f'plot_ranking {CONFIG} r.npz --out p.xyz', 'name a picture'),
        (f'plot_ranking {CONFIG} r.npz --out folder', 'is a folder'),
        (f'plot_ranking {CONFIG} r.npz --queries 0', '--queries: must be'),
        ('benchmark_search_eval --every 0', '--every: must be'),
        ('benchmark_search_eval --noise nan', '--noise: must be'),
        ('benchmark_search_eval --peer .', 'needs no_such_package'),
        ('benchmark_search_eval --peer peer', 'no eval_search_prw'),
        ('convert_mot folder --out o --frame-offset ' + '9' * 30, 'must be'),
        ('ablate --list --csv a.pth', 'a.pth is no CSV file'),
        ('compare_searches short.csv short.csv', 'the line is too short'),
        ('publish_model a.pth folder', 'folder is a folder'),
        (f'print_config {CONFIG} --cfg-options a=[1,2', '--cfg-options'),
        (f'print_config {CONFIG} --cfg-options =1', 'is not key=value'),
        ('analyze_logs plot_curve log.json --keys foo --out c.png', 'wrong'),
        (f'test {CONFIG} untrained --data-root ROOT --out .', 'is a folder'),
        (f'browse_dataset {CONFIG} --number 0', '--number: must be'),
    ],
)
def test_wrong_input_is_named(places, capsys, words, message):
    argv = [part for w in words.split() for part in places.get(w, [w])]
    with pytest.raises(SystemExit) as stop:
        main(argv)
    assert stop.value.code == 2
    err = capsys.readouterr().err
    assert message in err.splitlines()[-1]


def test_an_unreadable_image_is_named(places, capsys, tmp_path):
    root = tmp_path / 'synthetic'
    sizes = '--images 1 --test-images 2 --identities 4 --test-identities 4'
    argv = f'make_synthetic --out {root} {sizes} --queries 1'.split()
    assert main(argv) == 0
    for path in root.glob('Image/SSM/*.jpg'):
        path.write_text('hello')
    with pytest.raises(SystemExit):
        main(['score_histogram', CONFIG, '--data-root', str(root)])
    assert 'this is no image' in capsys.readouterr().err
