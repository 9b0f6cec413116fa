"""The two themes: one set of named colours, for charts and pages alike."""

from __future__ import annotations

import dataclasses

# The systems' own fonts by name: on a canvas, `system-ui` may be another font than on the page.
FONT = (
    "-apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, Cantarell, Ubuntu, 'Noto Sans', "
    "'Liberation Sans', sans-serif"
)

# Okabe-Ito: told apart by every kind of colour vision.
HIT = "#F0E442"
HITS = (HIT, "#CC79A7", "#56B4E9")  # the first, second and third token of a search
UP, DOWN = "#009E73", "#D55E00"
TRAIN, VALIDATION, TEST = "#0072B2", "#56B4E9", "#E69F00"

LEVELS = 200  # of density
OUTLINE_CODE = 252
HIT_CODES = (255, 254, 253)
HIT_CODE = HIT_CODES[0]


@dataclasses.dataclass(frozen=True)
class Theme:
    """Named colours of a theme.

    Attributes
    ----------
    accent : str
        The selection and links: Okabe-Ito's blue, lighter where the ground is dark.
    density : tuple of str
        Anchors of the ramp from one tick a pixel to the densest pixel, evenly spaced.
    """

    name: str
    surface: str
    raised: str
    text: str
    muted: str
    hairline: str
    accent: str
    point: str
    volume: str
    outline: str
    warning: str
    density: tuple[str, ...]

    def palette(self) -> list[str]:
        """Return the colours of an image's 256 codes: none, the ramp, then outline and hits.

        >>> colours = LIGHT.palette()
        >>> len(colours), colours[0], colours[HIT_CODE]
        (256, '#00000000', '#F0E442')
        """
        ramp = [_mix(self.density, at / (LEVELS - 1)) for at in range(LEVELS)]
        colours = ["#00000000", *ramp, *[ramp[-1]] * (255 - LEVELS)]
        colours[OUTLINE_CODE] = self.outline
        for code, colour in zip(HIT_CODES, HITS, strict=True):
            colours[code] = colour
        return colours

    def css(self) -> str:
        """Return the theme as CSS variables of the page."""
        names = ("surface", "raised", "text", "muted", "hairline", "accent", "warning")
        pairs = "".join(f"--lit-{name}:{getattr(self, name)};" for name in names)
        marks = f"--lit-hit:{HIT};--lit-train:{TRAIN};--lit-validation:{VALIDATION};--lit-test:{TEST};"
        return f":root{{color-scheme:{self.name};{pairs}{marks}--lit-font:{FONT};}}"


LIGHT = Theme(
    "light", surface="#ffffff", raised="#f5f6f8", text="#1b1f24", muted="#59636e", hairline="#dde1e6",
    accent="#0072B2", point="#2c728e", volume="#8a96a3", outline="#3a3500", warning="#a34500",
    density=("#6fb7c4", "#2f8fa0", "#31688e", "#3e4989", "#440154"),
)  # fmt: skip
DARK = Theme(
    "dark", surface="#14171a", raised="#1c2024", text="#e6e9ec", muted="#9aa4ae", hairline="#2d333a",
    accent="#58b4ea", point="#4fb8a8", volume="#68727d", outline="#000000", warning="#ff9d5c",
    density=("#31547f", "#2b7a8e", "#1fa187", "#5ec962", "#c9f0a8"),
)  # fmt: skip


def theme_named(name: str) -> Theme:
    """Return a theme; light for any name but "dark".

    >>> theme_named("dark").name, theme_named("").name
    ('dark', 'light')
    """
    return DARK if name == "dark" else LIGHT


def _mix(anchors: tuple[str, ...], at: float) -> str:
    place = at * (len(anchors) - 1)
    left = min(int(place), len(anchors) - 2)
    share = place - left
    pairs = zip(_rgb(anchors[left]), _rgb(anchors[left + 1]), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
