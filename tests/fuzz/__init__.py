"""Fuzzing of all that reads the files of users.

A recipe is a list of small changes of a sound set of files. Hypothesis draws
recipes and makes those that find a fault shorter. A worker process carries
out a recipe in a folder of its own and watches what the library does.

``make fuzz`` runs it, see CONTRIBUTING.md.
"""
