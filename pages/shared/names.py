"""Names that people tell things apart by."""

from collections.abc import Container


def free(name: str, taken: Container[str]) -> str:
    """The name, or with the first number behind it that nothing in `taken` is called by: "Hall", "Hall (2)"."""
    free_one, number = name, 1
    while free_one in taken:
        number += 1
        free_one = f"{name} ({number})"
    return free_one
