"""`gemini doctor`: is all well from here to the platform, and on the platform's own machine?"""

from __future__ import annotations

import os
from collections.abc import Iterator

import click

from gemini_cli.checks.finding import Finding, Health
from gemini_cli.commands import Verb
from gemini_cli.exits import OK
from gemini_cli.output import Output, styled
from gemini_cli.session import Session, command_session
from gemini_cli.settings import read_settings
from gemini_cli.words import say

MARKS = {Health.OK: ("✓", "green"), Health.WARNING: ("!", "yellow"), Health.FAILED: ("✗", "red")}


@click.command("doctor", cls=Verb, help="Check the connection, the token and this machine; say what to do.")
@click.option("--machine", is_flag=True, help="Check this machine also where no platform was started on it yet.")
def doctor(machine: bool) -> int:
    """Every check, told as it is found. Leaves with the code of the first failure, 0 where there is none."""
    session = command_session()
    found = []
    for finding in _all(session, machine):
        found.append(finding)
        if not session.as_json:
            _tell(session.output, finding)
    failed = [one for one in found if one.state == Health.FAILED]
    session.show({"ok": not failed, "checks": [one.wire() for one in found]})
    if failed:
        session.output.note("\n{count} of {total} checks failed.", count=len(failed), total=len(found))
    elif not session.as_json:
        session.output.say("\nAll is well.")
    return failed[0].code if failed else OK


def _all(session: Session, machine: bool) -> Iterator[Finding]:
    from gemini_cli.checks.machine import check_machine, is_platform_machine
    from gemini_cli.checks.remote import check_platform

    settings = read_settings(os.environ)
    here = machine or is_platform_machine(settings)
    if here:
        yield from check_machine(settings)
    yield from check_platform(session, needed=not here)


def _tell(output: Output, finding: Finding) -> None:
    mark, style = MARKS[finding.state]
    output.answers.print(styled(mark, style), styled(finding.title, "bold"), finding.message, soft_wrap=True)
    for line in finding.remedy.splitlines():
        output.answers.print(f"    {say('To do:')} {line}", soft_wrap=True)
