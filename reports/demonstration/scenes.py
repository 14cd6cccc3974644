"""Pictures of the demonstration, drawn by program: what was broken, and the same place mended.

They are drawings and look like it: nobody shall take them for photographs of a real place.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from random import Random
from typing import Any

#: Pixels of a picture.
SIZE = (960, 720)
_SKY, _GRASS, _ASPHALT, _WALL = "#c9dbe4", "#7d9a5c", "#6d7072", "#d9cfbb"
_WOOD, _STEEL, _DARK, _WATER = "#9c7447", "#8f989c", "#2f3436", "#7fa9bd"


def _road(draw: Any, chance: Random, mended: bool) -> None:
    draw.rectangle((0, 0, 960, 200), _SKY)
    draw.rectangle((0, 150, 960, 260), "#a9a49a")
    draw.rectangle((0, 250, 960, 720), _ASPHALT)
    draw.polygon(((430, 720), (510, 720), (490, 260), (470, 260)), "#dcdcd4")
    at = 250 + chance.randrange(120)
    if mended:
        draw.polygon(((at, 470), (at + 290, 450), (at + 330, 600), (at - 30, 610)), "#3c3f40")
    else:
        draw.ellipse((at, 450, at + 300, 610), "#4a4844")
        draw.ellipse((at + 26, 470, at + 280, 604), "#39342d")
        draw.ellipse((at + 90, 520, at + 230, 580), _WATER)
        for _stone in range(40):
            x, y = at - 40 + chance.randrange(380), 440 + chance.randrange(190)
            draw.ellipse((x, y, x + 9, y + 6), "#8b8882")


def _lamp(draw: Any, chance: Random, mended: bool) -> None:
    draw.rectangle((0, 0, 960, 720), "#1d2b3d")
    for _house in range(7):
        x, high = chance.randrange(900), 120 + chance.randrange(170)
        draw.rectangle((x, 560 - high, x + 170, 560), "#141d29")
    draw.rectangle((0, 560, 960, 720), "#23282b" if not mended else "#4a4a40")
    if mended:
        draw.polygon(((560, 150), (690, 150), (900, 690), (330, 690)), "#5f5b45")
        draw.polygon(((575, 150), (675, 150), (800, 690), (440, 690)), "#8d8353")
    draw.rectangle((398, 130, 414, 680), "#4d565b")
    draw.rectangle((398, 120, 640, 134), "#4d565b")
    draw.rectangle((560, 128, 690, 152), "#fff3c4" if mended else "#39424a")


def _street(draw: Any) -> None:
    draw.rectangle((0, 0, 960, 330), _WALL)
    for x in (90, 380, 670):
        draw.rectangle((x, 60, x + 170, 250), "#a7b7bd", "#8c806a", 8)
    draw.rectangle((0, 330, 960, 560), "#b9b3a7")
    draw.rectangle((0, 560, 960, 720), _ASPHALT)
    draw.rectangle((0, 545, 960, 565), "#d4d0c7")


def _post(draw: Any, x: int) -> None:
    draw.rectangle((x, 300, x + 36, 530), "#4b5257")
    draw.ellipse((x - 4, 280, x + 40, 318), "#4b5257")
    draw.rectangle((x, 330, x + 36, 350), "#e8e6df")


def _bollard(draw: Any, chance: Random, mended: bool) -> None:
    _street(draw)
    place = chance.choice((400, 440, 480))
    for x in (110, 770):
        _post(draw, x)
    if mended:
        _post(draw, place)
        return
    draw.ellipse((place - 30, 505, place + 66, 545), "#57534c")
    draw.ellipse((place, 512, place + 36, 534), _DARK)
    draw.polygon(
        ((place + 60, 600), (place + 290, 640), (place + 284, 676), (place + 54, 636)), "#4b5257"
    )


def _bench(draw: Any, chance: Random, mended: bool) -> None:
    draw.rectangle((0, 0, 960, 300), _SKY)
    for _tree in range(5):
        x = chance.randrange(900)
        draw.rectangle((x + 70, 190, x + 90, 330), "#6a5136")
        draw.ellipse((x, 40, x + 170, 240), "#6f8f55")
    draw.rectangle((0, 300, 960, 720), _GRASS)
    for x in (230, 690):
        draw.rectangle((x, 330, x + 24, 620), _DARK)
    for place, y in enumerate((340, 390, 470, 515)):
        if place == 2 and not mended:
            draw.polygon(((200, y), (470, y + 8), (452, y + 40), (200, y + 34)), _WOOD)
            draw.polygon(((520, y + 60), (745, y + 2), (745, y + 36), (530, y + 96)), _WOOD)
        else:
            draw.rectangle((200, y, 745, y + 34), _WOOD)


def _boiler(draw: Any, chance: Random, mended: bool) -> None:
    draw.rectangle((0, 0, 960, 560), "#cfd2cc")
    draw.rectangle((0, 560, 960, 720), "#8d8b86")
    draw.rectangle((250, 150, 640, 600), "#e9eaea", "#7b8488", 6)
    for x in (330, 420, 510):
        draw.rectangle((x, 0, x + 24, 150), "#b4683c")
    draw.rectangle((300, 210, 590, 290), "#3b444a")
    draw.rectangle((318, 226, 572, 274), "#2d6a4d" if mended else "#7a2a25")
    turn = 35 if mended else -70
    draw.ellipse((390, 350, 500, 460), "#ffffff", "#5a6468", 6)
    draw.arc((402, 362, 488, 448), 150, 390, "#2d6a4d" if mended else "#b03a2e", 6)
    draw.line((445, 405, 445 + turn, 405 - 26), _DARK, 6)
    if not mended:
        wide = 170 + chance.randrange(120)
        draw.ellipse((470, 600, 470 + 2 * wide, 690), _WATER)


def _window(draw: Any, chance: Random, mended: bool) -> None:
    draw.rectangle((0, 0, 960, 720), "#c4a98b")
    for y in range(0, 720, 44):
        draw.line((0, y, 960, y), "#b0957a", 3)
    draw.rectangle((240, 110, 720, 610), "#f0eee8")
    for x, y in ((270, 140), (490, 140), (270, 380), (490, 380)):
        draw.rectangle((x, y, x + 200, y + 215), "#a9c4cf")
        draw.line((x + 30, y + 120, x + 110, y + 30), "#cfdfe5", 8)
    if mended:
        return
    across = (1, 0.72, 0.1, -0.6, -1, -0.8, -0.2, 0.5, 0.9, 0.95)
    down = (0.1, 0.8, 1, 0.75, 0.1, -0.7, -1, -0.8, -0.4, -0.1)
    hole = []
    for turn, (right, low) in enumerate(zip(across, down, strict=True)):
        reach = 90 if turn % 2 else 38
        hole.append((590 + right * reach, 245 + low * reach))
    draw.polygon(hole, "#3a4145")
    for _crack in range(9):
        draw.line(
            (590, 245, 490 + chance.randrange(200), 140 + chance.randrange(215)), "#eef4f6", 2
        )


def _branch(draw: Any, chance: Random, mended: bool) -> None:
    draw.rectangle((0, 0, 960, 330), _SKY)
    draw.rectangle((0, 330, 960, 720), _GRASS)
    draw.polygon(((330, 720), (640, 720), (540, 330), (460, 330)), "#cbbf9f")
    draw.rectangle((130, 60, 190, 470), "#6a5136")
    draw.ellipse((10, -60, 330, 220), "#5f7f48")
    if mended:
        return
    draw.polygon(((250, 560), (700, 440), (708, 468), (262, 600)), "#6a5136")
    for _leaf in range(70):
        x = 380 + chance.randrange(380)
        y = 560 - (x - 250) * 0.27 - 70 + chance.randrange(150)
        draw.ellipse((x, y, x + 46, y + 24), chance.choice(("#5f7f48", "#6f8f55", "#4f6e3c")))


def _tap(draw: Any, chance: Random, mended: bool) -> None:
    draw.rectangle((0, 0, 960, 720), "#e4e8e6")
    for at in range(0, 960, 120):
        draw.line((at, 0, at, 430), "#cdd3d0", 3)
        draw.line((0, at, 960, at), "#cdd3d0", 3)
    draw.rectangle((200, 430, 760, 520), "#f8f8f6", "#b9c0bd", 4)
    draw.ellipse((300, 445, 660, 505), "#dfe4e2")
    draw.rectangle((455, 290, 505, 440), _STEEL)
    draw.rectangle((455, 290, 610, 322), _STEEL)
    draw.ellipse((440, 250, 520, 300), "#aab3b7")
    if mended:
        return
    draw.line((596, 322, 596, 470), _WATER, 10)
    draw.polygon(((300, 520), (340, 520), (350, 660), (290, 660)), _WATER)
    draw.ellipse((190, 640, 470 + chance.randrange(160), 712), _WATER)


def _house(draw: Any, chance: Random, mended: bool) -> None:
    draw.rectangle((0, 0, 960, 520), _SKY)
    draw.rectangle((0, 520, 960, 720), _GRASS)
    draw.rectangle((330, 520, 630, 720), "#c9c2b2")
    wall = chance.choice(("#e6dcc6", "#d8c8ae", "#dcd8cf", "#cdb8a0"))
    draw.rectangle((120, 240, 840, 560), wall)
    draw.polygon(
        ((90, 245), (870, 245), (790, 130), (170, 130)), chance.choice(("#8a4b38", "#5b646b"))
    )
    for row in (280, 420):
        for x in range(160, 800, 110):
            draw.rectangle((x, row, x + 62, row + 84), "#8fa9b5", "#f4f1ea", 6)
    draw.rectangle((440, 430, 520, 560), "#6b4c32")
    draw.rectangle((396, 250, 564, 274), "#f4f1ea")


#: What a job is called -> what is seen there.
SCENES: dict[str, Callable[[Any, Random, bool], None]] = {
    "Nid-de-poule": _road,
    "Candélabre éteint": _lamp,
    "Potelet arraché": _bollard,
    "Banc cassé": _bench,
    "Panne de chauffage": _boiler,
    "Entretien annuel de la chaudière": _boiler,
    "Vitre cassée": _window,
    "Branche tombée": _branch,
    "Fuite d’eau": _tap,
    "Mitigeur à remplacer": _tap,
}


def picture(title: str, number: str, *, mended: bool) -> bytes:
    """What a job found, or left; the same work order gives the same bytes."""
    return _drawn(SCENES[title], number, mended)


def front(code: str) -> bytes:
    """The front of a building."""
    return _drawn(_house, code, True)


def _drawn(scene: Callable[[Any, Random, bool], None], seed: str, mended: bool) -> bytes:
    from PIL import Image, ImageDraw, ImageFilter

    image = Image.new("RGB", SIZE, "white")
    # The same place before and after: what chance decides is decided once.
    scene(ImageDraw.Draw(image), Random(seed), mended)  # noqa: S311 - a drawing, no secret
    image = image.filter(ImageFilter.GaussianBlur(1.1))
    small = (SIZE[0] // 2, SIZE[1] // 2)
    grain = Random(f"{seed}{mended}").randbytes(small[0] * small[1])  # noqa: S311 - as above
    noise = Image.frombytes("L", small, grain).resize(SIZE).convert("RGB")
    out = io.BytesIO()
    Image.blend(image, noise, 0.05).save(out, "JPEG", quality=82)
    return out.getvalue()
