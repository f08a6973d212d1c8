"""A chart as inline SVG: drawn by Vega-Lite, then rebuilt from a short list of allowed elements and attributes."""

from __future__ import annotations

import re
from typing import Any
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
_VALUE = re.compile(r"[-#\w.,%() ]*")


def drawing(chart: Chart, *, prefix: str) -> str:
    """Return `chart` as an SVG element that holds no script, no link and no style, and whose ids begin with `prefix`."""
    import vl_convert

    return _rebuilt(vl_convert.vegalite_to_svg(_specification(chart)), chart, prefix)


def _specification(chart: Chart) -> dict[str, Any]:
    names = [visible(bar.name, longest=60) for bar in chart.bars]
    values = [
        {"at": at, "value": bar.value, "low": bar.low, "high": bar.high, "label": bar.label}
        for at, bar in enumerate(chart.bars)
    ]
    scale = {"domain": [chart.low, chart.high], "nice": False, "zero": False}
    x = {"type": "quantitative", "scale": scale, "title": chart.axis or None}
    labels = " : ".join(f"datum.value == {at} ? {_quoted(name)}" for at, name in enumerate(names))
    y = {
        "field": "at",
        "type": "ordinal",
        "title": None,
        "axis": {"labelExpr": f"{labels} : ''", "domain": False, "ticks": False, "labelPadding": 12, "labelLimit": 150},
    }
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "data": {"values": values},
        "width": 300,
        "height": {"step": 30},
        "encoding": {"y": y},
        "layer": [
            {"mark": {"type": "rule", "color": "#000004", "strokeWidth": 7, "opacity": 0.28, "strokeCap": "round"},
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


def _quoted(text: str) -> str:
    """Return `text` as a literal of Vega's expression language, every character beyond letters and digits by its code."""
    units = text.encode("utf-16-be")
    codes = (int.from_bytes(units[at : at + 2], "big") for at in range(0, len(units), 2))
    return (
        "'"
        + "".join(chr(code) if chr(code).isascii() and chr(code).isalnum() else f"\\u{code:04x}" for code in codes)
        + "'"
    )


def _rebuilt(svg: str, chart: Chart, prefix: str) -> str:
    root = _kept(ElementTree.fromstring(svg))
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


def _kept(found: ElementTree.Element) -> ElementTree.Element | None:
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
    for child in found:
        kept = _kept(child)
        if kept is not None:
            made.append(kept)
    return made
