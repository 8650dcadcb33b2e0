"""Galleries: embeddings of persons that outlive the process.

A gallery is a folder with an SQLite database, which holds everything, and an
index for fast search, which is made from the database and may be deleted. Or
it is a collection of a Qdrant server.
"""

from .addresses import create_gallery, gallery_exists, open_gallery
from .entries import Entry, FileState, Person, Sighting
from .filters import Filters
from .gallery import Gallery
from .interface import AnyGallery
from .ranking import Matches
from .scenes import Scene

__all__ = [
    'AnyGallery',
    'Entry',
    'FileState',
    'Filters',
    'Gallery',
    'Matches',
    'Person',
    'Scene',
    'Sighting',
    'create_gallery',
    'gallery_exists',
    'open_gallery',
]
