"""A brand's name, logo and colours."""

from types import SimpleNamespace

import pytest

from npsstats.checks import InputError
from npsstats.reporting.brand import Brand, legible


def contrast(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)


def test_none_is_the_house_style():
    assert Brand.of(None) == Brand()
    assert Brand.of(Brand(name="A")) == Brand(name="A")


def test_a_mapping_and_an_object_are_read_alike():
    given = {"name": "Maison", "primary": "#AABBCC"}
    assert Brand.of(given) == Brand.of(SimpleNamespace(**given, logo=None, secondary=None))
    assert Brand.of(given).primary == "#aabbcc"
    assert Brand.of(given).secondary == Brand().secondary


@pytest.mark.parametrize("colour", ["#ffffff", "#ffdd00", "#00c0ff", "#ff0000", "#1f3a5f"])
def test_colours_are_darkened_until_they_can_be_read(colour):
    assert contrast(legible(colour)) >= 4.5


def test_a_dark_colour_stays_as_it_is():
    assert legible("#1f3a5f") == "#1f3a5f"
    assert Brand().palette == {"primary": "#1f3a5f", "secondary": "#a3532b"}


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"primary": "red"}, "`brand.primary` must be a colour such as '#1f3a5f', got 'red'."),
        ({"secondary": 7}, "`brand.secondary` must be a colour such as '#1f3a5f', got 7."),
        ({"colour": "#123456"}, "`brand` may hold name, logo, primary, secondary; got 'colour'."),
        ({"logo": "logo.gif"}, "`brand.logo` must be an SVG, PNG or JPEG file, got 'logo.gif'."),
        ({"logo": "no.png"}, "`brand.logo` names a file that is not there: 'no.png'."),
    ],
)
def test_what_cannot_be_used_is_said(given, text):
    with pytest.raises(InputError) as error:
        Brand.of(given)
    assert str(error.value).startswith(text)
