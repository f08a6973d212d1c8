"""A chart as inline SVG: drawn by Vega-Lite, then rebuilt from a short list of allowed elements and attributes."""

from __future__ import annotations

import re
from typing import Any
from unicodedata import east_asian_width
from xml.etree import ElementTree

from policykit.render.visible import visible
from policykit.terms.layout import Chart

_SVG = "{http://www.w3.org/2000/svg}"
_ELEMENTS = frozenset({"svg", "g", "path", "line", "rect", "text", "circle", "title"})
_ATTRIBUTES = frozenset(
    {
        "viewBox", "transform", "d", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "width", "height",
        "text-anchor", "font-size", "font-weight", "stroke-width", "stroke-dasharray", "opacity", "fill", "stroke",
        "stroke-miterlimit", "stroke-linecap", "display",
    }
)  # fmt: skip
_INKS = {"#000001": "ink", "#000002": "soft", "#000003": "hair", "#000004": "accent"}
"""Colours that the page's own style sets, so that a chart follows light and dark."""
_PLACE = "group-"
_LONGEST = 24
_PIXELS = 7
_VALUE = re.compile(r"[-#\w.,%() ]*")


def drawing(chart: Chart, *, prefix: str) -> str:
    """Return `chart` as an SVG element that holds no script, no link and no style, and whose ids begin with `prefix`.

    Names of groups never reach the drawing library: it draws numbers, and the names are put in afterwards.
    """
    import vl_convert

    return _rebuilt(vl_convert.vegalite_to_svg(_specification(chart)), chart, prefix)


def _specification(chart: Chart) -> dict[str, Any]:
    values = [
        {"at": at, "value": bar.value, "low": bar.low, "high": bar.high, "label": bar.label}
        for at, bar in enumerate(chart.bars)
    ]
    room = 16 + max(_PIXELS * _cells(_short(bar.name)) for bar in chart.bars)
    x = {
        "type": "quantitative",
        "scale": {"domain": [chart.low, chart.high], "nice": False, "zero": False},
        "title": chart.axis or None,
    }
    axis = {"labelExpr": f"'{_PLACE}' + datum.value", "domain": False, "ticks": False, "labelPadding": 12}
    axis |= {"minExtent": room, "maxExtent": room, "labelOverlap": False}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "data": {"values": values},
        "width": 300,
        "height": {"step": 30},
        "encoding": {"y": {"field": "at", "type": "ordinal", "title": None, "axis": axis}},
        "layer": [
            {"mark": {"type": "rule", "color": "#000004", "strokeWidth": 7, "opacity": 0.34, "strokeCap": "round"},
             "encoding": {"x": {**x, "field": "low"}, "x2": {"field": "high"}}},
            {"mark": {"type": "point", "filled": True, "color": "#000004", "size": 80, "opacity": 1},
             "encoding": {"x": {**x, "field": "value"}}},
            {"mark": {"type": "text", "align": "left", "dx": 12, "color": "#000002", "fontSize": 11.5},
             "encoding": {"x": {"value": 300}, "text": {"field": "label", "type": "nominal"}}},
        ],
        "config": {
            "background": None,
            "font": "sans-serif",
            "view": {"stroke": None},
            "axis": {"labelColor": "#000001", "labelFontSize": 12, "titleColor": "#000002", "titleFontWeight": "normal",
                     "titleFontSize": 11.5},
            "axisX": {"grid": True, "gridColor": "#000003", "domain": False, "ticks": False, "tickCount": 5,
                      "labelColor": "#000002", "labelFontSize": 11.5, "labelPadding": 8},
            "axisY": {"grid": False},
        },
    }  # fmt: skip


def _short(name: str) -> str:
    """Return a name as it fits beside a chart; the table of groups has it in full."""
    shown = visible(name, longest=80)
    while _cells(shown) > _LONGEST:
        shown = shown.removesuffix("…")[:-1] + "…"
    return shown


def _cells(text: str) -> int:
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def _rebuilt(svg: str, chart: Chart, prefix: str) -> str:
    root = _kept(ElementTree.fromstring(svg), chart)
    assert root is not None, "the drawing's root is an svg element"
    root.attrib.pop("width", None)
    root.attrib.pop("height", None)
    root.set("class", "chart")
    root.set("role", "img")
    root.set("aria-labelledby", f"{prefix}-title")
    title = ElementTree.Element("title", {"id": f"{prefix}-title"})
    title.text = visible(f"{chart.title}: {chart.words}")
    root.insert(0, title)
    return ElementTree.tostring(root, encoding="unicode")


def _kept(found: ElementTree.Element, chart: Chart) -> ElementTree.Element | None:
    name = found.tag.removeprefix(_SVG)
    if name not in _ELEMENTS:
        return None
    made = ElementTree.Element(name)
    classes = []
    for key, value in found.attrib.items():
        if key in ("fill", "stroke") and value in _INKS:
            classes.append(f"{key[0]}-{_INKS[value]}")
        elif key in _ATTRIBUTES and _VALUE.fullmatch(value):
            made.set(key, value)
    if classes:
        made.set("class", " ".join(classes))
    made.text = found.text
    if name == "text" and (found.text or "").startswith(_PLACE):
        made.text = _short(chart.bars[int((found.text or "").removeprefix(_PLACE))].name)
    for child in found:
        kept = _kept(child, chart)
        if kept is not None:
            made.append(kept)
    return made
