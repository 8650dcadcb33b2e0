"""Files that run code, or fill the memory, if they are loaded carelessly."""

import io
import lzma
import os
import pickle
import struct
import tarfile
import zlib

import torch

MIB = 2**20


class Planted:
    """Makes a folder when it is loaded."""

    def __init__(self, marker):
        self.marker = str(marker)

    def __reduce__(self):
        return os.mkdir, (self.marker,)


class Custom:
    """A harmless class of one's own."""

    def __init__(self):
        self.value = 3


def save_planted(path, marker, kind='zip'):
    """Write a checkpoint that makes a folder when it is loaded.

    Args:
        path (Path): The file.
        marker (Path): The folder.
        kind (str): Format: that of PyTorch, that of PyTorch before 1.6, that
            of 2017, or a bare pickle of protocol 2 or 4.
    """
    content = dict(extra=Planted(marker))
    if not kind.startswith('pickle'):
        content.update(meta={}, state_dict=dict(a=torch.ones(1)))
    if kind.startswith('pickle'):
        path.write_bytes(pickle.dumps(content, int(kind[-1])))
    elif kind == 'tar':
        with tarfile.open(path, 'w') as tar:
            for name in ('sys_info', 'pickle', 'storages', 'tensors'):
                data = pickle.dumps(Planted(marker), 2)
                entry = tarfile.TarInfo(name)
                entry.size = len(data)
                tar.addfile(entry, io.BytesIO(data))
    else:
        torch.save(content, path, _use_new_zipfile_serialization=kind == 'zip')
    return path


def zeros(num_bytes):
    """Raw deflate stream of zeros, a thousandth of their size."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    chunk = packer.compress(bytes(64 * MIB)) + packer.flush(zlib.Z_FULL_FLUSH)
    return chunk * (num_bytes // (64 * MIB)) + b'\x03\x00'


def save_zip(path, name, num_bytes):
    """Write a zip file of one entry of zeros."""
    data, name = zeros(num_bytes), name.encode()
    sizes = struct.pack('<IIIHH', 0, len(data), num_bytes, len(name), 0)
    head = struct.pack('<HHHHH', 20, 0, 8, 0, 0)[2:]
    local = b'PK\3\4' + b'\x14\0' + head + sizes + name
    entry = b'PK\1\2' + b'\x14\0\x14\0' + head + sizes + bytes(14) + name
    end = struct.pack(
        *('<IHHHHIIH', 0x06054B50, 0, 0, 1, 1, len(entry)),
        *(len(local) + len(data), 0),
    )
    path.write_bytes(local + data + entry + end)


def save_gzip(path, num_bytes):
    """Write a gzip file of zeros."""
    path.write_bytes(b'\x1f\x8b\x08' + bytes(7) + zeros(num_bytes) + bytes(8))


def save_xz(path, num_bytes):
    """Write an xz file of zeros."""
    path.write_bytes(lzma.compress(bytes(16 * MIB)) * (num_bytes // 2**24))


def save_mat(path, num_bytes):
    """Write a MATLAB file with a packed variable of zeros."""
    data = b'\x78\x01' + zeros(num_bytes)
    head = b'MATLAB 5.0 MAT-file'.ljust(124) + b'\0\1IM'
    path.write_bytes(head + struct.pack('<II', 15, len(data)) + data)
