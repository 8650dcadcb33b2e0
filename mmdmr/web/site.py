"""What the pages share: model, gallery, uploads, pictures, job, templates."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse

from mmdmr.apis import PersonSearcher
from mmdmr.visualization.pages import page_environment

from .desk import Desk
from .index_job import IndexJob
from .pictures import PictureCache
from .uploads import UploadStore

#: Templates, style and script of the page.
TEMPLATES = Path(__file__).with_name('templates')


@dataclass(frozen=True)
class SiteOptions:
    """Options of the page.

    Args:
        photos (Sequence[Path]): Folders whose pictures may be indexed from
            the page, absolute. Defaults to none.
        most_upload_bytes (int): Largest size of an uploaded picture. Defaults
            to 20 MB.
        hosts (Sequence[str]): Names that the server answers to; () for any.
            Defaults to those of this machine for itself.
        password (str): Password of the page. Defaults to '': none.
    """

    photos: Sequence[Path] = ()
    most_upload_bytes: int = 20 << 20
    hosts: Sequence[str] = ('localhost', '127.0.0.1', '::1')
    password: str = field(default='', repr=False)


class Site:
    """What the pages share.

    Args:
        searcher (PersonSearcher): The model.
        gallery (Path): Folder of the gallery, which exists.
        options (SiteOptions): Options.

    Attributes:
        desk (Desk): Embeds and searches.
        uploads (UploadStore): Uploaded pictures.
        pictures (PictureCache): Pictures that were drawn.
        job (IndexJob): The indexing.
        options (SiteOptions): Options.
        style (str): Style sheet of all pages.
        script (str): Script of all pages.
    """

    def __init__(
        self, searcher: PersonSearcher, gallery: Path, options: SiteOptions
    ) -> None:
        self.desk = Desk(searcher, gallery)
        self.uploads = UploadStore()
        self.pictures = PictureCache()
        self.job = IndexJob(searcher, gallery)
        self.options = options
        self._environment: Environment = page_environment(TEMPLATES)
        self.style = '\n'.join(
            self._environment.get_template(name).render()
            for name in ('style.css', 'app.css')
        )
        self.script = (TEMPLATES / 'app.js').read_text(encoding='utf-8')
        both = f'{self.style}{self.script}'
        # A new version of the package is a new address: no stale style.
        self._environment.globals['version'] = sha256(
            both.encode()
        ).hexdigest()[:12]

    def page(
        self,
        request: Request,
        template: str,
        status: int = 200,
        **values: Any,
    ) -> HTMLResponse:
        """Make a page.

        Args:
            request (Request): The request.
            template (str): Name of the template.
            status (int): Status of HTTP. Defaults to 200.
            **values (Any): What the template names.

        Returns:
            HTMLResponse: The page.
        """
        with self.desk.reading() as gallery:
            facts = dict(
                model=gallery.model,
                gallery=gallery.path.name,
                num_scenes=gallery.num_frames,
                num_persons=len(gallery),
                num_cameras=len(gallery.cameras()),
            )
        text = self._environment.get_template(template).render(
            facts=facts,
            nonce=request.state.nonce,
            job=self.job.status,
            here=request.url.path,
            **values,
        )
        return HTMLResponse(text, status)

    def close(self) -> None:
        """Stop the indexing and the searches."""
        self.job.close()
        self.desk.close()


def site_of(request: Request) -> Site:
    """Site that a request belongs to.

    Args:
        request (Request): The request.

    Returns:
        Site: The site.
    """
    site: Site = request.app.state.site
    return site
