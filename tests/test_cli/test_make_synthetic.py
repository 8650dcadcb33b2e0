"""``mmdmr make_synthetic``."""

import json
from collections import Counter

import pytest
from tool_runner import tool

main = tool('make_synthetic')


def test_main_writes_a_set_and_shows_progress(tmp_path, capsys):
    out = tmp_path / 'set'
    assert (
        main(
            [
                '--out',
                str(out),
                '--images',
                '4',
                '--test-images',
                '6',
                '--identities',
                '4',
                '--test-identities',
                '4',
                '--queries',
                '4',
                '--cameras',
                'park',
                'hall',
            ]
        )
        == 0
    )
    assert '10/10 images' in capsys.readouterr().out
    settings = json.loads((out / 'synthetic.json').read_text())
    assert settings['cameras'] == ['park', 'hall']
    kinds = Counter(path.suffix for path in out.rglob('*') if path.is_file())
    assert kinds == {'.jpg': 10, '.mat': 5, '.json': 1}


@pytest.mark.parametrize(
    'arguments, message',
    [
        (['--images', '0'], '--images'),
        (['--images', 'many'], '--images'),
        (['--identities', '3'], '--identities'),
        (['--seed', '-1'], '--seed'),
        (['--image-size', '20', '20'], '--image-size'),
        (['--difficulty', 'silly'], '--difficulty'),
        (['--cameras', 'moon'], '--cameras'),
        (['--queries', '100000'], 'fewer queries'),
        (['--identities', '100000'], 'fewer identities'),
    ],
)
def test_wrong_arguments_end_with_code_2(tmp_path, capsys, arguments, message):
    with pytest.raises(SystemExit) as error:
        main(['--out', str(tmp_path / 'set'), *arguments])
    assert error.value.code == 2
    assert message in capsys.readouterr().err.splitlines()[-1]
    assert not (tmp_path / 'set').exists()


def test_refuses_a_folder_with_other_things(tmp_path, capsys):
    (tmp_path / 'holiday.jpg').write_text('mine')
    with pytest.raises(SystemExit) as error:
        main(['--out', str(tmp_path)])
    assert error.value.code == 2
    assert 'name a new folder' in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ['holiday.jpg']
