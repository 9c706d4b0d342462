"""Strangers' words in a table that a spreadsheet may open."""


def inert(text: str) -> str:
    """A text that no spreadsheet takes for a formula: an apostrophe before what would be one (OWASP, CSV injection)."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
