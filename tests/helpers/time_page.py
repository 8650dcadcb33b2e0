"""Time the page in Chromium: upload a picture, click a person, see hits.

    python tests/helpers/time_page.py http://127.0.0.1:8080/ picture.jpg

The first round is that of a server that has just started.
"""

import shutil
import sys
import time

from playwright.sync_api import Page, sync_playwright


def main(address, picture, rounds=6):
    """Print the seconds of each round."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which('chromium'), args=['--no-sandbox']
        )
        for number in range(1, rounds + 1):
            page = browser.new_page()
            page.goto(address)
            started = time.perf_counter()
            page.set_input_files('#picture', picture)
            page.locator('.person').first.wait_for()
            framed = time.perf_counter()
            page.locator('.person').first.click()
            wait_for_hits(page)
            shown = time.perf_counter()
            print(
                f'round {number}: upload to framed persons '
                f'{framed - started:.2f} s, click to hits with pictures '
                f'{shown - framed:.2f} s',
                flush=True,
            )
            page.close()
        browser.close()


def wait_for_hits(page: Page):
    """Wait for the list and for the pictures that the window shows."""
    page.locator('.hits li').first.wait_for()
    for place in range(6):
        image = page.locator('.hits img').nth(place).element_handle()
        page.wait_for_function(
            'image => image.complete && image.naturalWidth', arg=image
        )


if __name__ == '__main__':
    main(*sys.argv[1:3])
