import json
import tempfile
import unittest
from pathlib import Path

from tests.support import breakfast


class ExportTests(unittest.TestCase):
    def test_a_cart_survives_being_written(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "cart.json"
            file.write_text(json.dumps(breakfast().items), encoding="utf-8")
            self.assertEqual(json.loads(file.read_text(encoding="utf-8")), {"bread": 1, "cheese": 2})
