"""Checks of what a training promises, on the user's own config."""
