"""Carries the alt text of `show` into Sphinx pages: a renderer plugin of myst-nb.

myst-nb reads width and height from an output's metadata but the alt text only from the cell's, where a
notebook cannot compute it. Entry point: group ``myst_nb.mime_renderers``.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from docutils import nodes
    from myst_nb.core.render import MimeData, NbElementRenderer


class AltText:
    """Renders PNG outputs that carry an alt text, and leaves all others to myst-nb."""

    mime_priority_overrides: ClassVar[Sequence[tuple[str, str, int | None]]] = ()

    @staticmethod
    def handle_mime(renderer: "NbElementRenderer", data: "MimeData", inline: bool) -> "list[nodes.Element] | None":
        """Return the image with its alt text, or None where there is none.

        Parameters
        ----------
        renderer : NbElementRenderer
            What myst-nb renders outputs with.
        data : MimeData
            One representation of one output.
        inline : bool
            Whether it stands within a line of text.

        Returns
        -------
        list of docutils nodes, or None
            None leaves the output to myst-nb.
        """
        alt = data.output_metadata.get(data.mime_type, {}).get("alt")
        if data.mime_type != "image/png" or not alt:
            return None
        images = renderer.render_image_inline(data) if inline else renderer.render_image(data)
        for image in images:
            image["alt"] = alt
        return images
