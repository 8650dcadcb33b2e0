"""Scoring person search."""
