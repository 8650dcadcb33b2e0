"""``mmdmr split_dataset``."""

import json

import pytest
from tool_runner import tool

from mmdmr.readers import CocoReader

main = tool('split_dataset')


def write(root, people, **fields):
    """A file of images that show the people listed."""
    annotations = [
        dict(image_id=i, bbox=[10 * k, 0, 9, 9], person_id=p)
        for i, ids in enumerate(people)
        for k, p in enumerate(ids)
    ]
    for i, annotation in enumerate(annotations):
        annotation['id'] = i
    path = root / 'all.json'
    path.write_text(
        json.dumps(
            dict(
                images=[
                    dict(id=i, file_name=f'{i}.jpg', **fields)
                    for i in range(len(people))
                ],
                annotations=annotations,
            )
        )
    )
    return path


def names(root, split):
    reader = CocoReader(root, test=split == 'test')
    truth = reader.ground_truth()
    return set(truth.person_id_names), truth


def test_photographs_are_split_by_people(tmp_path, capsys):
    path = write(tmp_path, [[i // 2] for i in range(40)])
    assert main([str(path)]) == 0
    assert 'by people' in capsys.readouterr().out
    (train, a), (test, b) = (names(tmp_path, s) for s in ('train', 'test'))
    assert not train & test
    assert len(train | test) == 20
    assert len(a.img_names) + len(b.img_names) == 40
    assert 6 <= len(b.img_names) <= 14


def test_video_is_split_by_order(tmp_path, capsys):
    """One person walks through the whole video, another only at the end."""
    path = write(tmp_path, [[1]] * 7 + [[1, 2], [2], [2]])
    assert main([str(path)]) == 0
    assert 'by order' in capsys.readouterr().out
    train, _ = names(tmp_path, 'train')
    test, truth = names(tmp_path, 'test')
    assert (train, test) == ({'1'}, {'2'})
    assert len(truth.img_names) == 3


def refused(capsys, *argv):
    with pytest.raises(SystemExit) as stop:
        main([str(a) for a in argv])
    assert stop.value.code == 2
    return capsys.readouterr().err


@pytest.mark.parametrize(
    'people,options,message',
    [
        # everybody in the test is seen in training, too
        (
            [[1]] * 6 + [[1, 2], [1, 2], [2], [2]],
            [],
            'test.json would have no',
        ),
        ([[i // 2] for i in range(20)], ['--test-share', '.01'], 'no image'),
        ([[-1]] * 20, [], 'would have no labelled person'),
        ([[]] * 20, [], 'would have no labelled person'),
        ([[i] for i in range(20)], [], 'nothing to search for'),
        ([], [], 'lists no images'),
    ],
)
def test_a_part_that_comes_to_nothing_is_refused(
    tmp_path, capsys, people, options, message
):
    err = refused(capsys, write(tmp_path, people), *options)
    assert message in err and 'Traceback' not in err
    assert not (tmp_path / 'annotations').exists()


def test_listed_queries_are_counted(tmp_path, capsys):
    path = write(tmp_path, [[i // 2] for i in range(20)])
    content = json.loads(path.read_text())
    content['queries'] = [dict(annotation_id=i) for i in range(20)]
    path.write_text(json.dumps(content))
    assert main([str(path)]) == 0
    out = capsys.readouterr().out
    assert '14 of 20 listed queries are left out' in out
    assert '6 queries in' in out and 'by rule' not in out
    held = json.loads((tmp_path / 'annotations/test.json').read_text())
    left = {q['annotation_id'] for q in held['queries']}
    content['queries'] = [dict(annotation_id=i) for i in {*range(20)} - left]
    path.write_text(json.dumps(content))
    assert main([str(path), '--overwrite']) == 0
    out = capsys.readouterr().out
    assert '14 of 14 listed queries are left out' in out
    assert 'queries are chosen by rule instead' in out and '3 queries' in out


def test_what_is_wrong_with_a_part_is_said_before_any_is_written(
    tmp_path, capsys
):
    """An identity twice in most images, but only in those of the training."""
    people = [[7, 7], [7, 7], [1], [1], [2], [2], [3], [7, 4], [7, 4], [7]]
    err = refused(capsys, write(tmp_path, people), '--by', 'order')
    assert 'train.json' in err and 'stands twice' in err
    assert not (tmp_path / 'annotations').exists()


def test_share_and_queries_are_told(tmp_path, capsys):
    """Twelve of twenty images show one person."""
    path = write(tmp_path, [[0]] * 12 + [[1 + i // 2] for i in range(8)])
    assert main([str(path), '--test-share', '0.5']) == 0
    out = capsys.readouterr().out
    assert '5 groups, the largest of 12 images' in out
    assert '40 % of the images are for the test, 50 % were asked' in out
    assert '4 queries in' in out
    assert 'Fewer than 50 queries' in out and 'worth 25 %' in out


def test_enough_queries_need_no_warning(tmp_path, capsys):
    path = write(tmp_path, [[i // 2] for i in range(400)])
    assert main([str(path)]) == 0
    assert 'Fewer' not in capsys.readouterr().out


def test_files_are_not_overwritten_unasked(tmp_path, capsys):
    path = write(tmp_path, [[i // 2] for i in range(20)])
    assert main([str(path)]) == 0
    with pytest.raises(SystemExit) as stop:
        main([str(path)])
    assert stop.value.code == 2
    assert '--overwrite' in capsys.readouterr().err
    assert main([str(path), '--overwrite', '--seed', '1']) == 0


@pytest.mark.parametrize(
    'argv, message',
    [
        (['nowhere.json'], 'nowhere.json'),
        (['nowhere.json'], 'name the JSON file'),
        (['/'], 'is a folder'),
        (['x.json', '--test-share', '1'], '--test-share'),
    ],
)
def test_wrong_arguments(argv, message, capsys):
    with pytest.raises(SystemExit) as stop:
        main(argv)
    assert stop.value.code == 2
    assert message in capsys.readouterr().err


def test_impossible_split_by_people(tmp_path, capsys):
    path = write(tmp_path, [[1]] * 10)
    with pytest.raises(SystemExit):
        main([str(path), '--by', 'people'])
    assert '--by order' in capsys.readouterr().err
