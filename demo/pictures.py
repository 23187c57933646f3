"""Product pictures drawn here: a soft ground and a simple shape in the product's colour."""

import colorsys
from io import BytesIO

from PIL import Image, ImageDraw

SIZE = 640
Colour = tuple[int, int, int]


def _colour(hue: int, lightness: float, saturation: float = 0.55) -> Colour:
    red, green, blue = colorsys.hls_to_rgb(hue / 360, lightness, saturation)
    return round(red * 255), round(green * 255), round(blue * 255)


def draw_picture(shape: str, hue: int) -> bytes:
    """A PNG of 640 × 640 pixels."""
    image = Image.new("RGB", (SIZE * 2, SIZE * 2), _colour(hue, 0.93, 0.45))
    pen = ImageDraw.Draw(image)
    pen.ellipse((190, 980, 1090, 1110), fill=_colour(hue, 0.86, 0.35))
    SHAPES[shape](pen, _colour(hue, 0.45), _colour(hue, 0.28), _colour(hue, 0.75))
    buffer = BytesIO()
    image.resize((SIZE, SIZE), Image.Resampling.LANCZOS).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _watch(pen: ImageDraw.ImageDraw, body: Colour, dark: Colour, light: Colour) -> None:
    pen.rounded_rectangle((530, 170, 750, 1090), 70, fill=dark)
    pen.ellipse((400, 390, 880, 870), fill=body)
    pen.ellipse((450, 440, 830, 820), fill=light)
    pen.line((640, 630, 640, 500), fill=dark, width=24)
    pen.line((640, 630, 740, 690), fill=dark, width=24)


def _shoe(pen: ImageDraw.ImageDraw, body: Colour, dark: Colour, light: Colour) -> None:
    pen.rounded_rectangle((220, 900, 1060, 990), 45, fill=dark)
    for left in (330, 560, 790):
        pen.arc((left, 620, left + 240, 1160), 180, 360, fill=body, width=70)
    pen.rounded_rectangle((250, 870, 1030, 920), 25, fill=light)


def _drop(pen: ImageDraw.ImageDraw, body: Colour, dark: Colour, light: Colour) -> None:
    pen.rounded_rectangle((560, 200, 720, 430), 40, fill=dark)
    pen.rounded_rectangle((460, 420, 820, 1050), 90, fill=body)
    pen.rounded_rectangle((500, 640, 780, 900), 20, fill=light)


def _cup(pen: ImageDraw.ImageDraw, body: Colour, dark: Colour, light: Colour) -> None:
    pen.polygon([(450, 260), (830, 260), (790, 820), (490, 820)], fill=light)
    pen.polygon([(462, 480), (818, 480), (790, 820), (490, 820)], fill=body)
    pen.rounded_rectangle((480, 820, 800, 1060), 40, fill=dark)
    pen.rounded_rectangle((430, 210, 850, 280), 30, fill=dark)


def _lamp(pen: ImageDraw.ImageDraw, body: Colour, dark: Colour, light: Colour) -> None:
    pen.polygon([(520, 240), (760, 240), (930, 640), (350, 640)], fill=body)
    pen.rectangle((620, 640, 660, 960), fill=dark)
    pen.rounded_rectangle((480, 950, 800, 1040), 40, fill=dark)
    pen.polygon([(560, 300), (640, 300), (600, 600), (450, 600)], fill=light)


def _bag(pen: ImageDraw.ImageDraw, body: Colour, dark: Colour, light: Colour) -> None:
    pen.arc((440, 220, 840, 760), 180, 360, fill=dark, width=50)
    pen.rounded_rectangle((280, 480, 1000, 1040), 80, fill=body)
    pen.rectangle((280, 620, 1000, 660), fill=dark)
    pen.rounded_rectangle((580, 600, 700, 720), 20, fill=light)


def _rug(pen: ImageDraw.ImageDraw, body: Colour, dark: Colour, light: Colour) -> None:
    pen.rounded_rectangle((360, 200, 920, 1060), 20, fill=body)
    pen.rounded_rectangle((420, 260, 860, 1000), 10, outline=light, width=24)
    pen.polygon([(640, 360), (780, 560), (780, 900), (500, 900), (500, 560)], fill=dark)


def _belt(pen: ImageDraw.ImageDraw, body: Colour, dark: Colour, light: Colour) -> None:
    pen.rounded_rectangle((200, 500, 1080, 800), 140, fill=body)
    pen.rounded_rectangle((500, 460, 780, 840), 60, fill=dark)
    for left in (540, 610, 680):
        pen.rounded_rectangle((left, 520, left + 40, 780), 20, fill=light)


def _brush(pen: ImageDraw.ImageDraw, body: Colour, dark: Colour, light: Colour) -> None:
    pen.rounded_rectangle((480, 180, 800, 700), 150, fill=body)
    pen.rounded_rectangle((580, 680, 700, 1080), 60, fill=dark)
    for top in range(270, 640, 90):
        for left in (550, 625, 700):
            pen.ellipse((left, top, left + 36, top + 36), fill=light)


def _camera(pen: ImageDraw.ImageDraw, body: Colour, dark: Colour, light: Colour) -> None:
    pen.rounded_rectangle((420, 280, 860, 780), 200, fill=body)
    pen.ellipse((500, 380, 780, 660), fill=dark)
    pen.ellipse((580, 460, 700, 580), fill=light)
    pen.polygon([(560, 780), (720, 780), (820, 1040), (460, 1040)], fill=dark)


def _pot(pen: ImageDraw.ImageDraw, body: Colour, dark: Colour, light: Colour) -> None:
    pen.ellipse((380, 480, 860, 1020), fill=body)
    pen.polygon([(820, 640), (1060, 420), (1090, 470), (850, 820)], fill=body)
    pen.arc((220, 520, 520, 940), 90, 270, fill=dark, width=46)
    pen.polygon([(500, 520), (740, 520), (640, 300)], fill=dark)
    pen.ellipse((600, 250, 680, 330), fill=light)


def _cubes(pen: ImageDraw.ImageDraw, body: Colour, dark: Colour, light: Colour) -> None:
    pen.rounded_rectangle((300, 690, 640, 1030), 40, fill=body)
    pen.rounded_rectangle((660, 690, 1000, 1030), 40, fill=dark)
    pen.rounded_rectangle((480, 340, 820, 680), 40, fill=light)


SHAPES = {
    "watch": _watch, "shoe": _shoe, "drop": _drop, "cup": _cup, "lamp": _lamp, "bag": _bag,
    "rug": _rug, "belt": _belt, "brush": _brush, "camera": _camera, "pot": _pot, "cubes": _cubes,
}  # fmt: skip
