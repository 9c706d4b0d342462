"""Sound in memory: reading and writing, spectrograms and their inverse, measures."""

SAMPLE_RATE = 24_000
"""Samples per second of every signal in the product; the report's choice."""

SEGMENT = 131_072
"""Samples a model sees at once: 5.46 s at 24 kHz; the report's choice."""
