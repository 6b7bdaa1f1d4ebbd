"""Which images can run here (IMG-6). Embedded, an image is a runtime: `local` is this machine's own."""

from __future__ import annotations

from gemini_core.errors import NotFound

LOCAL = "local"
KNOWN = (LOCAL,)


def check_image(image: str) -> str:
    """The image to run; the default one where none is named. NotFound for one that is not known, by its name."""
    chosen = image.strip() or LOCAL
    if chosen not in KNOWN:
        raise NotFound("image-unknown", field="image", image=chosen, known=", ".join(KNOWN))
    return chosen
