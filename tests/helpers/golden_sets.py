"""The golden data sets: reader, folder, protocols, k1 and k2 of CBGM."""

from mmdmr.readers import CUHKSYSUReader, PRWReader

SETS = dict(
    cuhk=(CUHKSYSUReader, 'CUHK-SYSU', ('G50', 'G100'), (10, 3)),
    prw=(PRWReader, 'PRW', ('all', 'cross-camera'), (30, 4)),
)
