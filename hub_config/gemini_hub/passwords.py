"""Passwords as scrypt hashes: made once, compared in constant time, never stored in clear here."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

# About 60 ms and 32 MiB a try: too dear to guess, cheap enough to sign in.
COST, BLOCK, PARALLEL = 2**15, 8, 1
MAXIMUM_LENGTH = 1024


def hash_password(password: str) -> str:
    """The hash of a password with a fresh salt: `scrypt$cost$block$parallel$salt$key`."""
    salt = secrets.token_bytes(16)
    key = _derive(password, salt, COST, BLOCK, PARALLEL)
    return "$".join(["scrypt", str(COST), str(BLOCK), str(PARALLEL), _encode(salt), _encode(key)])


def matches(password: str, hashed: str) -> bool:
    """Whether the password has this hash. Takes the same time for a right and a wrong one."""
    _, cost, block, parallel, salt, key = hashed.split("$")
    derived = _derive(password[:MAXIMUM_LENGTH], _decode(salt), int(cost), int(block), int(parallel))
    return hmac.compare_digest(derived, _decode(key)) and len(password) <= MAXIMUM_LENGTH


def _derive(password: str, salt: bytes, cost: int, block: int, parallel: int) -> bytes:
    return hashlib.scrypt(
        password.encode(), salt=salt, n=cost, r=block, p=parallel, maxmem=256 * cost * block, dklen=32
    )


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text)
