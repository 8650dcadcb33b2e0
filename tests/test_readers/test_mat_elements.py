"""Elements of MATLAB files that SciPy would not survive."""

import io
import struct
import zlib

import numpy as np
import pytest
from cuhk_sysu_samples import SEARCHES, searches_struct
from scipy.io import loadmat, savemat
from scipy.sparse import csc_array

from mmdmr.errors import InputError
from mmdmr.readers.mat import load_mat
from mmdmr.readers.mat_elements import check_elements

#: One variable of each class that data sets may have.
CONTENT = dict(
    searches=searches_struct(SEARCHES),
    numbers=np.arange(12.0).reshape(3, 4),
    none=np.empty((0, 4)),
    small=np.array([[1, 2]], np.uint8),
    flags=np.array([[True, False]]),
    complex=np.array([[1j, 2]]),
    sparse=csc_array(np.eye(3)),
    text='Zo\xeb',
    texts=np.array(['ab', 'cd']),
    cells=np.array([1, 'a', None, [1, 2]], dtype=object)[[0, 1, 3]],
    cube=np.zeros((2, 3, 2)),
    **{
        f'of_{kind}': np.array([[1, 2]], kind)
        for kind in ('int8', 'int16', 'uint16', 'int32', 'uint32')
    },
    **{
        f'of_{kind}': np.array([[1, 2]], kind)
        for kind in ('int64', 'uint64', 'float32')
    },
)


def saved(content, **options):
    stream = io.BytesIO()
    savemat(stream, content, **options)
    return stream.getvalue()


@pytest.mark.parametrize('packed', [False, True])
@pytest.mark.parametrize('name', CONTENT)
def test_what_scipy_writes_is_sound(tmp_path, name, packed):
    path = tmp_path / 'a.mat'
    path.write_bytes(saved({name: CONTENT[name]}, do_compression=packed))
    check_elements(path)
    assert name in loadmat(path)


def test_files_of_other_versions_pass(tmp_path):
    path = tmp_path / 'a.mat'
    path.write_bytes(saved(dict(a=[[1.0, 2.0]]), format='4'))
    check_elements(path)
    assert load_mat(path, 'a').tolist() == [1, 2]
    path.write_bytes(b'')
    check_elements(path)


@pytest.mark.parametrize(
    'place, number, message',
    [
        (128, 7, 'unknown type 7'),  # the variable
        (132, 10**9, 'cut short'),
        (136, 8, 'the flags of an array are of type 8'),
        (144, 17, 'class 17'),
        (152, 6, 'the sizes of an array are of type 6'),
        # SciPy would end the process at each of these.
        (156, 0, 'the sizes of an array have 0 bytes'),
        (160, 10**9, 'arrays are missing'),
        (160, -1, 'the size -1'),
        (180, 56, 'an array of 56 bytes ends elsewhere'),
        (224, 1 << 16 | 99, 'the content of an array are of type 99'),
    ],
)
def test_wrong_numbers_in_a_cell_array(tmp_path, place, number, message):
    data = bytearray(saved(dict(a=np.array([['b', 'c']], dtype=object))))
    data[place : place + 4] = struct.pack('<i', number)
    path = tmp_path / 'a.mat'
    for packed in (False, True):
        content = bytes(data)
        if packed and place > 132:
            inner = zlib.compress(content[128:])
            head = struct.pack('<II', 15, len(inner))
            content = content[:128] + head + inner
        path.write_bytes(content)
        with pytest.raises(InputError, match=f'a.mat: .*{message}'):
            load_mat(path, 'a')


def test_arrays_of_eight_bytes(tmp_path):
    """MATLAB writes the cells of cell(1, 3) as heads without content."""
    empty = struct.pack('<II', 14, 0)
    content = (
        struct.pack('<IIII', 6, 8, 1, 0)  # flags: a cell array
        + struct.pack('<IIii', 5, 8, 1, 3)  # sizes: 1 x 3
        + struct.pack('<HH4s', 1, 1, b'a')  # name
        + 3 * empty
    )
    path = tmp_path / 'a.mat'
    head = saved({})[:128] + struct.pack('<II', 14, len(content))
    path.write_bytes(head + content)
    assert [len(cell) for cell in load_mat(path, 'a')] == [0, 0, 0]


@pytest.mark.parametrize('depth', [32, 33])
def test_arrays_within_arrays(tmp_path, depth):
    value = 1.0
    for _ in range(depth):
        cell = np.empty((1, 1), dtype=object)
        cell[0, 0] = value
        value = cell
    path = tmp_path / 'a.mat'
    path.write_bytes(saved(dict(a=value)))
    if depth == 32:
        check_elements(path)
    else:
        with pytest.raises(ValueError, match='33 arrays lie within each'):
            check_elements(path)


def test_packed_variables_end_within_their_length(tmp_path):
    path = tmp_path / 'a.mat'
    data = bytearray(saved(dict(a=1.0, b=2.0), do_compression=True))
    (size,) = struct.unpack_from('<I', data, 132)
    # The second variable is of no known type.
    struct.pack_into('<I', data, 136 + size, 99)
    path.write_bytes(data)
    with pytest.raises(ValueError, match='unknown type 99'):
        check_elements(path)
    # The first variable ends four bytes after its length.
    struct.pack_into('<I', data, 132, size - 4)
    path.write_bytes(data)
    with pytest.raises(ValueError, match='a variable was cut short'):
        check_elements(path)


def test_a_packed_variable_has_a_checksum(tmp_path):
    path = tmp_path / 'a.mat'
    # Larger than what is looked at element by element.
    rng = np.random.default_rng(0)
    content = dict(a=rng.integers(0, 50, 2**20).astype(float))
    data = bytearray(saved(content, do_compression=True))
    path.write_bytes(data)
    check_elements(path)
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(ValueError, match='a variable is damaged'):
        check_elements(path)
    path.write_bytes(data[:-100])
    with pytest.raises(ValueError, match='cut short|damaged'):
        check_elements(path)


def test_a_variable_that_would_fill_the_memory(tmp_path):
    mega = b'\0' * 2**20
    packer = zlib.compressobj()
    first = packer.compress(mega) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(mega) + packer.flush(zlib.Z_FULL_FLUSH)
    data = first + 400 * block + packer.flush()
    path = tmp_path / 'a.mat'
    header = saved(dict(a=1))[:128]
    path.write_bytes(header + struct.pack('<II', 15, len(data)) + data)
    with pytest.raises(InputError, match='a.mat is .* would become'):
        load_mat(path, 'a')
