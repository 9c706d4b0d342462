"""ES modules joined to one, as a browser takes them that gets a script as text."""

import re
from pathlib import Path

_IMPORT = re.compile(r'^import \{[^}]*\} from "([^"]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=const |let |class |function|async )", re.MULTILINE)
_NAME = re.compile(r"^(?:async )?(?:const|let|class|function\*?) (\w+)", re.MULTILINE)
_COMMENT = re.compile(r"^ *(?://[^\n]*|/\*\*(?:[^*]|\*(?!/))*\*/)\n", re.MULTILINE)
_LEFT = re.compile(r"^(?:import|export(?! default\b))\b.*", re.MULTILINE)


def bundle(script: Path) -> str:
    """The module with all that it imports before it, each once, without comments and the import and export of names.

    The modules must keep to what can be joined so: `import { name } from "./file.js";`, `export` before a declaration,
    one `export default` in script alone, and no name twice on the outermost level. ValueError where one does not.
    """
    texts = [_bare(file) for file in _order(script)]
    names = [name for text in texts for name in _NAME.findall(text)]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"{script.name} and what it imports use a name twice: {', '.join(twice)}.")
    return "\n".join(texts)


def _order(script: Path, above: tuple[Path, ...] = ()) -> list[Path]:
    """script after the modules that it imports, each once."""
    script = script.resolve()
    if script in above:
        raise ValueError(f"{script.name} imports itself by way of {above[-1].name}.")
    found: list[Path] = []
    for name in _IMPORT.findall(script.read_text(encoding="utf-8")):
        found += [file for file in _order(script.parent / name, (*above, script)) if file not in found]
    return [*found, script]


def _bare(file: Path) -> str:
    """The module without its import and export lines, and without lines that are comments alone."""
    text = _COMMENT.sub("", _EXPORT.sub("", _IMPORT.sub("", file.read_text(encoding="utf-8"))))
    if left := _LEFT.search(text):
        raise ValueError(f"{file.name} has a line that cannot be joined to other modules: {left[0]}")
    return text
