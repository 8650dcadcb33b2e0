"""Time and memory of a training step, and how they grow."""
