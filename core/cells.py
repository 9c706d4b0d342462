"""Strangers' words in a table that a spreadsheet may open."""


def inert(text: str) -> str:
    """A text that no spreadsheet takes for a formula: an apostrophe before what would be one (OWASP, CSV injection).

    Numbers stay as they are.
    """
    if not text.startswith(("=", "+", "-", "@", "\t", "\r")):
        return text
    try:
        float(text)
    except ValueError:
        return f"'{text}"
    return text
