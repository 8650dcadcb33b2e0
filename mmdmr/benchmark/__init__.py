"""Speed and memory of the scoring, measured on simulated predictions."""
