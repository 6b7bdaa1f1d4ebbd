"""`GEMINI_SUBDOMAINS`: an address of their own for each person's servers, so that browsers keep people apart."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from gemini_cli.errors import Refusal
from gemini_cli.words import say

EXAMPLE = "http://hub.localhost:{port}"
LOCAL = ".localhost"
PORTS = {"http": 80, "https": 443}

APART = "Browsers keep people apart: each person's servers have an address of their own below {name}."
TOGETHER = (
    "Browsers do NOT keep people apart: a page that one person's environment serves can act as whoever opens it. "
    "GEMINI_SUBDOMAINS={example} gives each person an address of their own."
)


def read_subdomains(said: str, port: int) -> str:
    """The hub's address without a slash at its end, empty where none is said. `port` is GEMINI_PORT.

    Refusal says what to write instead.
    """
    if not said:
        return ""
    address = _split(said)
    named = {"said": f"GEMINI_SUBDOMAINS={said}", "example": EXAMPLE.format(port=port)}
    if address is None:
        raise Refusal(say("{said} is no address. Give one like {example}.", **named))
    fault = _fault(address, port, named)
    if fault is not None:
        raise Refusal(fault)
    return f"{address.scheme}://{address.netloc.lower()}"


def protection(subdomains: str, port: int) -> str:
    """For people, at each start: whether browsers keep them apart."""
    name = urlsplit(subdomains).hostname
    return say(APART, name=name) if name else say(TOGETHER, example=EXAMPLE.format(port=port))


def _split(said: str) -> SplitResult | None:
    """The address; None where it is none, or more than scheme, name and port."""
    try:
        address = urlsplit(said.rstrip("/"))
        more = address.path or address.query or address.fragment or address.username is not None
        known = address.scheme in PORTS and address.hostname and (address.port is None or address.port)
    except ValueError:
        return None
    return address if known and not more else None


def _fault(address: SplitResult, port: int, named: dict[str, str]) -> str | None:
    """What is wrong with the address, and what to write instead."""
    name = address.hostname or ""
    if _is_number(name):
        return say(
            "{said}: numbers have no names below them. Use {example}; browsers find it on this machine by themselves.",
            **named,
        )
    if "." not in name.strip("."):
        sentence = "{said}: the name needs a dot, else browsers keep no sign-in for the names below it. Use {example}."
        return say(sentence, **named)
    if address.scheme == "https":
        return None
    if not name.endswith(LOCAL):
        return say(
            "{said}: without TLS browsers guard a sign-in only at names that end in {local}. "
            "Use {example}, or https:// and a proxy in front that speaks TLS.",
            local=LOCAL,
            **named,
        )
    given = address.port or PORTS["http"]
    if given != port:
        sentence = "{said} names port {given}, but the platform listens on GEMINI_PORT={port}. Use {instead}."
        return say(sentence, given=given, port=port, instead=f"http://{name}:{port}", **named)
    return None


def _is_number(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return name.replace(".", "").isdigit()
    return True
