"""Letters to customers: every text in data/letters."""

from pathlib import Path
from typing import Dict

_FOLDER = Path(__file__).parent / "data" / "letters"


def letters() -> Dict[str, str]:
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(_FOLDER.glob("*.txt"))}
