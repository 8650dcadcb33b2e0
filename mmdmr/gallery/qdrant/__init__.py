"""Galleries in collections of Qdrant, on a server or in its embedded mode.

The modules of this package need Qdrant's client.
"""
