"""Paths between sounds: where they go, what is heard on the way, and how they are kept."""
