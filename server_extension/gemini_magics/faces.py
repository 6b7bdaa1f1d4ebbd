"""Where a task is shown: as widgets, as output that is replaced, or once as text."""

from __future__ import annotations

import html
import sys
from collections.abc import Callable
from typing import Any

from gemini_core.errors import GeminiError
from gemini_core.messages import text
from IPython.core.interactiveshell import InteractiveShell
from IPython.display import DisplayHandle

from gemini_magics.rendering import Look, Pieces, style

try:
    import ipywidgets
except ImportError:  # a kernel of a person's own making
    ipywidgets = None


def make_face(
    shell: InteractiveShell, name: str, look: Look, stop: Callable[[], object] | None = None
) -> Output | Text:
    """The richest that this front end may show: widgets in a notebook, text in a terminal.

    `stop` is what the button does, and must return at once; without it (the task has ended) there are no widgets.
    """
    if not hasattr(shell, "kernel"):
        return Text(look)
    return Output(look) if ipywidgets is None or stop is None else Widgets(name, look, stop)


class Text:
    """A terminal: said once, for what is written later would run into what a person types."""

    def __init__(self, look: Look) -> None:
        self.look = look

    def open(self, pieces: Pieces) -> None:
        """Shows it where the person is now."""
        sys.stdout.write(pieces.plain + "\n")

    def show(self, pieces: Pieces) -> None:
        """Later news are for those who ask (`%gemini status`)."""

    finish = show

    def lose(self, why: GeminiError) -> None:
        """Nothing was promised."""


class Output:
    """Output of a notebook's cell that is replaced as the task goes on; plain text for front ends without HTML."""

    def __init__(self, look: Look) -> None:
        self.look = look
        self.handle = DisplayHandle()
        self.last: Pieces | None = None

    def open(self, pieces: Pieces) -> None:
        """Shows it below the cell that runs."""
        self.last = pieces
        self.handle.display(self._bundle(pieces), raw=True)

    def show(self, pieces: Pieces) -> None:
        """Replaces it."""
        self.last = pieces
        self.handle.update(self._bundle(pieces), raw=True)

    def finish(self, pieces: Pieces) -> None:
        """Leaves what needs no kernel any more, so that a notebook that is opened again shows the end."""
        self.handle.update({"text/plain": pieces.plain, "text/html": pieces.whole()}, raw=True)

    def lose(self, why: GeminiError) -> None:
        """Says that it is told nothing more; what was seen last stays."""
        said = text("nb.not-reached", self.look.language, why=why.text(self.look.language))
        seen = self.last.whole() if self.last else ""
        self.handle.update(
            {"text/plain": said, "text/html": f"{seen}<div class='gm-nb'>{html.escape(said)}</div>"}, raw=True
        )

    def _bundle(self, pieces: Pieces) -> dict[str, Any]:
        return {"text/plain": pieces.plain, "text/html": pieces.whole()}


class Widgets(Output):
    """ipywidgets: each part is sent only when it has changed, and there is a button to stop."""

    def __init__(self, name: str, look: Look, stop: Callable[[], object]) -> None:
        super().__init__(look)
        self.name = name
        self.stop = stop
        self.parts = {part: ipywidgets.HTML(layout={"margin": "0"}) for part in ("head", "bar", "facts", "log")}
        self.buttons = ipywidgets.HBox()
        top = ipywidgets.HBox([self.parts["head"], self.buttons])
        top.layout = ipywidgets.Layout(
            justify_content="space-between", align_items="flex-start", flex_flow="row wrap", margin="0"
        )
        self.box = ipywidgets.VBox([top, *(self.parts[part] for part in ("bar", "facts", "log"))])
        self.box.layout = ipywidgets.Layout(max_width="720px", padding="4px 0")
        self._offer()

    def show(self, pieces: Pieces) -> None:
        """Sends the parts that changed."""
        self.last = pieces
        self.parts["head"].value = f'{style()}<div class="gm-nb gm-nb-part">{pieces.head}</div>'
        for part in ("bar", "facts", "log"):
            said = getattr(pieces, part)
            self.parts[part].value = f'<div class="gm-nb gm-nb-part">{said}</div>'
            self.parts[part].layout.display = None if said else "none"

    def finish(self, pieces: Pieces) -> None:
        """The widgets give way to what a saved notebook can show."""
        super().finish(pieces)
        for widget in (*self.buttons.children, *self.parts.values(), self.buttons, *self.box.children, self.box):
            widget.layout.close()
            widget.close()

    def _bundle(self, pieces: Pieces) -> dict[str, Any]:
        self.show(pieces)
        found: dict[str, Any] = self.box._repr_mimebundle_()
        return {**found, "text/plain": pieces.plain}

    def _offer(self) -> None:
        self.buttons.children = [self._button("stop", self._ask)]

    def _ask(self, _: object) -> None:
        said = html.escape(text("nb.stop-question", self.look.language, said=self.name))
        question = ipywidgets.HTML(f'<div class="gm-nb gm-nb-part">{said}</div>')
        keep = self._button("keep", lambda _: self._offer())
        self.buttons.children = [question, self._button("stop", self._stop), keep]

    def _stop(self, _: object) -> None:
        self.stop()
        button = self._button("stop", lambda _: None)
        button.disabled = True
        self.buttons.children = [button]

    def _button(self, name: str, press: Callable[[object], None]) -> Any:
        button = ipywidgets.Button(description=text(f"nb.{name}", self.look.language))
        button.add_class("gm-nb-button")
        button.on_click(press)
        # ipykernel sends what the front end answers to where the widget was made: the thread that runs cells. A press
        # is to be heard while a cell runs, too, in the subshell that JupyterLab keeps for it.
        vars(button.comm).pop("_reply_subshell_id", None)
        return button
