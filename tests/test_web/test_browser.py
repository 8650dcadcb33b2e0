"""The page in Chromium: clicks, keys, a phone, the dark, two users.

``make test-browser`` runs these tests. They fail without Chromium.
"""

import re
import shutil
import threading
from urllib.parse import urlsplit

import pytest
from colour_embedder import ColourEmbedder
from playwright.sync_api import expect, sync_playwright
from web_gallery import LEFT, RIGHT, bomb, make_gallery, picture, write_photos
from web_server import serving

from mmdmr.web.app import create_app
from mmdmr.web.site import SiteOptions

pytestmark = pytest.mark.browser

#: A place where no indexed photograph has a person.
OTHER = (60, 15, 95, 95)
PHONE = dict(width=390, height=844)
#: Programs of Chromium, by the names that Linux distributions give.
PROGRAMS = ('chromium', 'chromium-browser', 'google-chrome')
#: No traffic of the browser itself.
QUIET = [
    *('--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'),
    *('--disable-background-networking', '--disable-component-update'),
    '--disable-sync',
]
MORE = {'more': {f'{i}.png': [('pink', LEFT)] for i in range(8)}}


class GatedEmbedder(ColourEmbedder):
    """Waits for a sign before each batch, once it is told to."""

    def __init__(self):
        super().__init__()
        self.gate = threading.Semaphore(10**6)

    def embed(self, images):
        assert self.gate.acquire(timeout=120)
        return super().embed(images)


@pytest.fixture(scope='module')
def browser():
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    assert program, 'no Chromium: apt-get install chromium'
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=program, args=QUIET
        )
        yield opened
        opened.close()


@pytest.fixture
def embedder():
    return GatedEmbedder()


@pytest.fixture
def address(tmp_path, embedder):
    made = make_gallery(tmp_path, embedder)
    write_photos(tmp_path / 'new', MORE)
    options = SiteOptions([tmp_path / 'new'], 1 << 20)
    with serving(create_app(*made, options)) as address:
        yield address
        embedder.gate.release(1000)


@pytest.fixture
def visit(browser, address):
    """Opens the page as a new user; checks what each user met."""
    contexts, problems, asked = [], [], []

    def visit(path='/', **options):
        context = browser.new_context(base_url=address, **options)
        contexts.append(context)
        page = context.new_page()
        page.on('pageerror', lambda error: problems.append(str(error)))
        page.on('console', lambda said: note(said.text))
        page.on('request', lambda request: asked.append(request.url))
        page.goto(path)
        return page

    def note(text):
        # An answer such as 404 is told as well; the tests look at the page.
        if 'Content Security' in text or 'Refused' in text:
            problems.append(text)

    yield visit
    for context in contexts:
        context.close()
    assert not problems
    places = {urlsplit(url).netloc for url in asked if url[:5] != 'data:'}
    assert places == {urlsplit(address).netloc}


def upload(page, content, name='me.png'):
    page.set_input_files(
        '#picture',
        dict(name=name, mimeType='image/png', buffer=content),
    )


def persons(page):
    return page.get_by_role('button', name='search for this person')


def hits(page):
    return page.locator('.hits > li')


def is_within(page):
    """Whether nothing is wider than the window."""
    return page.evaluate(
        'document.documentElement.scrollWidth <= window.innerWidth'
    )


def test_upload_click_hits_scene_and_back(visit):
    page = visit()
    upload(page, picture(('red', LEFT), ('green', RIGHT)))
    expect(persons(page)).to_have_count(2)
    box = page.locator('.person').first.bounding_box()
    image = page.locator('#scene img').bounding_box()
    assert box['x'] >= image['x'] - 1 and box['width'] < image['width'] / 2
    # The frame lies where the person stands.
    page.mouse.click(box['x'] + box['width'] / 2, box['y'] + 20)
    expect(page.get_by_role('heading', level=1)).to_have_text(
        'Where else is this person?'
    )
    expect(hits(page).first).to_contain_text('1.00')
    expect(hits(page).first.locator('.verdict')).to_have_text('likely')
    shown = hits(page).first.locator('.name').inner_text()
    hits(page).first.get_by_role('link').first.click()
    expect(page.get_by_role('heading', level=1)).to_have_text(shown)
    expect(page.locator('.person.hit')).to_have_count(1)
    page.get_by_role('link', name='Back to the results').click()
    expect(hits(page).first).to_contain_text(shown)


def test_every_picture_of_the_results_is_there(visit):
    page = visit('/search?row=1')
    page.wait_for_function(
        "[...document.images].every(i => i.complete || i.loading === 'lazy')"
    )
    for image in page.locator('img').all():
        image.scroll_into_view_if_needed()
        handle = image.element_handle()
        page.wait_for_function('i => i.complete', arg=handle)
        assert image.evaluate('i => i.naturalWidth') > 0


def test_filters(visit):
    page = visit('/search?row=1')
    expect(hits(page).filter(has_text='film.mp4')).to_have_count(1)
    page.get_by_text('Filters', exact=True).click()
    page.get_by_role('checkbox', name='yard').nth(1).check()
    page.get_by_label('at least').fill('0.9')
    page.get_by_role('button', name='Apply').click()
    expect(hits(page)).to_have_count(1)
    expect(hits(page)).to_contain_text('3.png')
    page.get_by_role('link', name='Remove all filters').click()
    expect(hits(page).filter(has_text='film.mp4')).to_have_count(1)


def test_search_on_from_a_hit(visit):
    page = visit('/search?row=1')
    expect(hits(page).first).to_contain_text('3.png')
    page.get_by_role('link', name='Search for the person of hit 1').click()
    expect(hits(page).first).to_contain_text('1.png')


def test_the_browser_of_the_gallery(visit):
    page = visit()
    page.get_by_label('Camera').select_option('yard')
    page.get_by_role('button', name='Show', exact=True).click()
    expect(page.locator('.scenes > li')).to_have_count(2)
    page.get_by_role('link', name='3.png').click()
    expect(persons(page)).to_have_count(2)


def test_no_person(visit):
    page = visit()
    upload(page, picture())
    expect(page.get_by_text('No person was detected')).to_be_visible()
    page.get_by_role('button', name='Search with the whole picture').click()
    expect(hits(page).first).to_be_visible()


@pytest.mark.parametrize(
    'content, message',
    [
        (b'no picture', 'this is no image'),
        (picture(('red', LEFT))[:-200], 'me.png'),
        (bomb(), 'me.png'),
        (bytes(2 << 20), 'larger than 1 MB'),
    ],
    ids=['text', 'cut', 'bomb', 'large'],
)
def test_a_bad_file_is_told(visit, content, message):
    page = visit()
    upload(page, content)
    expect(page.get_by_role('alert')).to_contain_text(message)
    page.get_by_role('link', name='Choose another picture').click()
    expect(page.locator('#picture')).to_be_visible()


def test_a_picture_is_dropped(visit):
    page = visit()
    content = picture(('red', LEFT))
    data = page.evaluate_handle(
        """bytes => {
            const data = new DataTransfer();
            const file = new File([new Uint8Array(bytes)], 'me.png');
            data.items.add(file);
            return data;
        }""",
        list(content),
    )
    page.dispatch_event('.drop', 'drop', {'dataTransfer': data})
    expect(persons(page)).to_have_count(1)


def test_two_users_at_once(visit):
    red, green = visit(), visit()
    upload(red, picture(('red', OTHER)), 'red.png')
    upload(green, picture(('green', OTHER)), 'green.png')
    expect(persons(red)).to_have_count(1)
    expect(persons(green)).to_have_count(1)
    persons(red).click()
    persons(green).click()
    expect(red.locator('main')).to_contain_text('red.png')
    expect(green.locator('main')).to_contain_text('green.png')
    expect(hits(green).first).to_contain_text('2.png')
    for place in (0, 1):
        expect(hits(red).nth(place)).to_contain_text(re.compile('[13].png'))


def test_keyboard_alone(visit):
    page = visit()
    go_to(page, '#picture')
    upload(page, picture(('green', LEFT)))
    expect(persons(page)).to_have_count(1)
    go_to(page, '.person')
    # The frame shows that it has the focus.
    style = page.locator('.person').evaluate(
        'e => [getComputedStyle(e).outlineStyle, '
        'getComputedStyle(e).outlineWidth]'
    )
    assert style == ['solid', '4px']
    page.keyboard.press('Enter')
    expect(hits(page).first).to_contain_text('2.png')
    go_to(page, 'summary')
    page.keyboard.press('Enter')
    expect(page.get_by_role('button', name='Apply')).to_be_visible()
    go_to(page, '.hits a')
    page.keyboard.press('Enter')
    expect(page.locator('.person.hit')).to_have_count(1)


def go_to(page, selector):
    """Press Tab until an element has the focus."""
    for _ in range(60):
        page.keyboard.press('Tab')
        if page.locator(':focus').count() and page.locator(':focus').evaluate(
            '(e, selector) => e.matches(selector)', selector
        ):
            return
    raise AssertionError(f'Tab never reaches {selector}')


@pytest.mark.parametrize(
    'path', ['/', '/scenes/2', '/search?row=1&min=0.1', '/index', '/gone']
)
@pytest.mark.parametrize('scheme', ['light', 'dark'])
def test_a_phone_scrolls_down_only(visit, path, scheme):
    page = visit(path, viewport=PHONE, color_scheme=scheme)
    assert is_within(page)


def test_light_and_dark(visit):
    colours = {}
    for scheme in ('light', 'dark'):
        page = visit(color_scheme=scheme)
        colours[scheme] = page.evaluate(
            """() => [document.body, document.querySelector('button.main')]
                .map(e => getComputedStyle(e))
                .flatMap(s => [s.color, s.backgroundColor])"""
        )
    for scheme, found in colours.items():
        for text, back in (found[:2], found[2:]):
            assert contrast(text, back) >= 4.5, scheme
    assert colours['light'] != colours['dark']


def contrast(one, other):
    """Ratio of the luminances of two colours, as WCAG 2 defines it."""

    def luminance(colour):
        parts = [int(x) / 255 for x in re.findall(r'\d+', colour)[:3]]
        linear = [
            x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4
            for x in parts
        ]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, light = sorted(map(luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


def test_nothing_moves_for_who_wants_no_motion(visit):
    page = visit('/scenes/2', reduced_motion='reduce')
    moved = page.locator('.person').first.evaluate(
        'e => getComputedStyle(e).transitionDuration'
    )
    assert moved == '0s'


def test_without_scripts_everything_works(visit):
    page = visit(java_script_enabled=False)
    upload(page, picture(('green', LEFT)))
    page.get_by_role('button', name='Find the persons in it').click()
    persons(page).click()
    expect(hits(page).first).to_contain_text('2.png')


def test_each_control_and_picture_has_a_name(visit):
    for path in ('/', '/scenes/2', '/search?row=1', '/index'):
        page = visit(path)
        nameless = page.evaluate(
            """() => [...document.querySelectorAll(
                    'a, button, input:not([type=hidden]), select, progress')]
                .filter(e => !e.textContent.trim() && !e.ariaLabel
                    && !(e.labels && e.labels.length)
                    && ![...e.querySelectorAll('img')].some(i => i.alt))
                .map(e => e.outerHTML)"""
        )
        assert not nameless
        assert page.locator('img:not([alt])').count() == 0
        assert page.locator('h1').count() == 1


def test_indexing_with_progress(visit, embedder, tmp_path):
    page = visit('/index')
    embedder.gate = threading.Semaphore(0)
    page.get_by_label('Folder').select_option(str(tmp_path / 'new/more'))
    page.get_by_role('button', name='Index').click()
    status = page.get_by_role('status')
    embedder.gate.release(2)
    expect(status).to_have_text('4 of 8 pictures are stored.')
    bar = page.get_by_role('progressbar')
    assert bar.evaluate('e => [e.value, e.max]') == [4, 8]
    embedder.gate.release(100)
    expect(status).to_contain_text('Persons added: 8.')
    expect(page.get_by_role('button', name='Cancel')).to_have_count(0)
    expect(page.locator('.facts')).to_contain_text('14 scenes')
    expect(page.get_by_role('button', name='Index')).to_be_enabled()


def test_cancelling_an_indexing(visit, embedder, tmp_path):
    page = visit('/index')
    embedder.gate = threading.Semaphore(0)
    page.get_by_label('Folder').select_option(str(tmp_path / 'new/more'))
    page.get_by_role('button', name='Index').click()
    embedder.gate.release(1)
    status = page.get_by_role('status')
    expect(status).to_have_text('2 of 8 pictures are stored.')
    page.get_by_role('button', name='Cancel').click()
    embedder.gate.release(1)
    expect(status).to_contain_text('Cancelled.')
    expect(page.get_by_role('button', name='Index')).to_be_enabled()
