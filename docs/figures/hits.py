"""Draw hits.png: a search of synthetic scenes with two public networks.

Run it where both networks of configs/search lie:
``python docs/figures/hits.py``.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from mmdmr.apis import PersonSearcher, write_hits
from mmdmr.synthetic import Settings, generate

OUT = Path(__file__).with_name('hits.png')

with TemporaryDirectory() as folder:
    generate(Path(folder, 'drawn'), Settings(seed=3))
    photos = Path(folder, 'drawn/Image/SSM')
    gallery = Path(folder, 'photos.gallery')
    searcher = PersonSearcher('yolox-nano_osnet-x0.25.yaml')
    searcher.index(photos, gallery)
    found = searcher.search(
        photos / 's106.jpg', gallery, box=(11, 75, 66, 218), top_k=10
    )
    write_hits(found, Path(folder, 'found'))
    # 128 colours: a third of the bytes, and no difference to the eye.
    sheet = Image.open(Path(folder, 'found/hits.png')).convert('RGB')
    sheet.quantize(128).save(OUT, optimize=True)
