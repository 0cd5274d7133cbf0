import unittest

from shop.invoice import invoice
from tests.support import breakfast


class InvoiceTests(unittest.TestCase):
    def test_parts(self) -> None:
        self.assertRegex(invoice(breakfast()), r"^net [\d.]+ \w+, tax [\d.]+ \w+, to pay [\d.]+ \w+$")
