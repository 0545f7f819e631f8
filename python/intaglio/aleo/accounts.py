"""Accounts: keys, addresses, signatures, and the records that they own."""

from __future__ import annotations

from dataclasses import dataclass, field

from intaglio.aleo.native import native


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account. Whoever has `private_key` can spend what it owns; whoever has `view_key` can read it.

    Attributes:
        address: names it.
        private_key, view_key: secrets, not shown by `repr`.
    """

    address: str
    private_key: str = field(repr=False)
    view_key: str = field(repr=False)

    @staticmethod
    def create() -> Account:
        """A fresh account, from the operating system's randomness."""
        private_key, view_key, address = native().new_account()
        return Account(private_key=private_key, view_key=view_key, address=address)

    @staticmethod
    def from_private_key(private_key: str) -> Account:
        """The account of a private key.

        Raises:
            InvalidInput: it is none.
        """
        private_key, view_key, address = native().account_of(private_key)
        return Account(private_key=private_key, view_key=view_key, address=address)

    def sign(self, value: str) -> str:
        """A signature over a value of the chain's language, `"5field"`; programs check it with `signature.verify`.

        Raises:
            InvalidInput: no value.
        """
        return str(native().sign(self.private_key, value))

    def decrypt(self, record: str) -> str:
        """The record behind a ciphertext, `record1…`.

        Raises:
            InvalidInput: another account owns it, or it is no record.
        """
        return str(native().decrypt_record(self.view_key, record))
