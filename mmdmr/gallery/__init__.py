"""Galleries on disk: embeddings of persons that outlive the process.

A gallery is a folder with an SQLite database, which holds everything, and an
index for fast search, which is made from the database and may be deleted.
"""

from .entries import Entry, FileState, Person, Sighting
from .filters import Filters
from .gallery import Gallery
from .ranking import Matches

__all__ = [
    'Entry',
    'FileState',
    'Filters',
    'Gallery',
    'Matches',
    'Person',
    'Sighting',
]
