"""Which images can run here (IMG-6). Embedded, an image is a runtime: `local` is this machine's own."""

from __future__ import annotations

from gemini_core import messages
from gemini_core.cluster_plan import ClusterPlan
from gemini_core.errors import NotFound

from gemini_control.models.catalogue import ImageOut

LOCAL = "local"


def known(cluster: ClusterPlan | None) -> tuple[str, ...]:
    """The ids of the images that can be chosen, the default one first; `cluster` None is this machine."""
    return (LOCAL,) if cluster is None else tuple(image.id for image in cluster.images)


def images(cluster: ClusterPlan | None, language: str) -> list[ImageOut]:
    """The same on the wire; what a cluster's are is in its operator's words."""
    if cluster is None:
        described = messages.text(f"image.{LOCAL}", language)
        return [ImageOut(id=LOCAL, name=LOCAL, official=True, description=described)]
    return [
        ImageOut(id=image.id, name=image.name, official=True, description=image.description) for image in cluster.images
    ]


def check_image(cluster: ClusterPlan | None, image: str) -> str:
    """The image to run; the default one where none is named. NotFound for one that is not known, by its name."""
    ids = known(cluster)
    chosen = image.strip() or ids[0]
    if chosen not in ids:
        raise NotFound("image-unknown", field="image", image=chosen, known=", ".join(ids))
    return chosen
