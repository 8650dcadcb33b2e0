"""The page of ``mmdmr demo_app``: click a person, see where else they are.

Starlette serves pages that Jinja makes on the server. A little JavaScript
adds comfort; every page works without it. A view is an address: two users
share nothing but the gallery.
"""
