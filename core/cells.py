"""Strangers' words where a spreadsheet or a terminal may obey them."""


def shown(name: object) -> str:
    """A name of a file or folder on one line, whatever letters it has."""
    return "".join(letter if letter.isprintable() else "?" for letter in str(name))


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
