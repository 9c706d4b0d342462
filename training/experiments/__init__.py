"""Questions that the report left open, and how they were answered."""
